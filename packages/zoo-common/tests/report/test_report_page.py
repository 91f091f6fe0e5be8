"""The page in a real browser."""

from report_runs import HOSTILE, HOSTILE_END


def column(page, number):
    """The first lines of a column's shown cells."""
    return page.locator("#runs tr.run:visible").evaluate_all(
        "(rows, number) => rows.map(row => row.cells[number].innerText.split('\\n')[0])", number
    )


def rgb(locator, name):
    return locator.evaluate("(element, name) => getComputedStyle(element)[name]", name)


def test_every_plot_draws_marks(page):
    canvases = page.locator(".canvas")
    assert canvases.count() == 2 * 2 + 3 * 3  # two groups: latency and size; three models: three each
    for i in range(canvases.count()):
        assert canvases.nth(i).locator(".scatterlayer path").count() > 1, canvases.nth(i).get_attribute("aria-label")


def test_the_table_sorts_by_click_and_key_within_its_data(page):
    heading = page.locator("#runs thead th.megabytes")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    sizes = [float(text) for text in column(page, 11 + 1)]
    assert sizes[:6] == sorted(sizes[:6], reverse=True) and sizes[6:] == sorted(sizes[6:], reverse=True)
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [float(text) for text in column(page, 12)][:6] == sorted(sizes[:6])
    delta = page.locator("#runs thead th.delta")
    delta.locator("button").press("Space")
    assert heading.get_attribute("aria-sort") is None and delta.get_attribute("aria-sort") == "descending"
    shown = [text.split()[0] for text in column(page, 6)]
    assert shown[4:6] == ["–", "–"], "what is absent comes last"
    delta.locator("button").click()
    assert [text.split()[0] for text in column(page, 6)][4:6] == ["–", "–"]
    numbers = [float(text.replace("\u2212", "-")) for text in [t.split()[0] for t in column(page, 6)][:4]]
    assert numbers == sorted(numbers) and numbers[0] < 0


def test_the_table_filters(page):
    assert page.locator("#shown").inner_text() == "8 runs"
    page.select_option("#filters [name=arithmetic]", "simulated")
    assert sorted(column(page, 1)) == ["w4a8", "w8a8"] and page.locator("#shown").inner_text() == "2 of 8 runs"
    page.select_option("#filters [name=model]", HOSTILE)
    assert column(page, 0) == [] and page.locator("#runs tr.group:visible").count() == 0
    page.click("#filters button[type=reset]")
    page.fill("#filters [name=text]", "boxes INT")
    assert column(page, 0) == ["boxes"] and page.locator("#runs tr.group:visible").count() == 1
    page.fill("#filters [name=text]", "")
    assert len(column(page, 0)) == 8


def test_views_change_the_plots(page):
    plot = page.locator("#models .canvas").first
    assert "pixels" in plot.locator(".xtitle").inner_html()
    before = plot.locator(".scatterlayer").inner_html()
    page.locator("#views input[value=loss]").check()
    assert "OKS" in plot.locator(".xtitle").inner_html() and plot.locator(".scatterlayer").inner_html() != before
    curve = page.locator("#models .canvas").nth(1)
    before = curve.locator(".scatterlayer").inner_html()
    page.locator("#views input[value='0.75']").check()
    assert curve.locator(".scatterlayer").inner_html() != before
    for value in ("px", "mean"):
        page.locator("#views input[value={}]".format(value)).check()


def test_the_gallery_switches_its_layers_by_click_and_key(page):
    gallery, card = page.locator("#gallery"), page.locator("#gallery .card").first
    for layer, button, shown in (
        ("truth", 1, True),
        ("reference", 2, True),
        ("candidate", 3, True),
        ("shift", 4, False),
    ):
        group = card.locator(".layer." + layer)
        assert group.is_visible() is shown and group.locator("path.lines").get_attribute("d").startswith("M")
        page.locator("#layers [data-layer={}]".format(layer)).click()
        assert group.is_visible() is not shown
        gallery.hover()
        page.keyboard.press(str(button))
        assert group.is_visible() is shown
    assert card.locator("image").get_attribute("href").startswith("data:image/jpeg;base64,")
    page.keyboard.press("b")
    states = [card.locator(".layer." + layer).is_visible() for layer in ("reference", "candidate")]
    page.keyboard.press("B")
    assert states == [False, True]
    assert [card.locator(".layer." + layer).is_visible() for layer in ("reference", "candidate")] == [True, False]
    page.keyboard.press("2")
    page.locator("#filters [name=text]").press("1")
    assert card.locator(".layer.truth").is_visible(), "typing is no shortcut"
    page.locator("#filters [name=text]").fill("")
    assert page.locator("#gallery .card").count() <= 3 * 5


def test_dark_and_light_and_what_is_remembered(open_page):
    page = open_page(color_scheme="dark")
    body, mark = page.locator("body"), page.locator(".canvas .scatterlayer .point").last
    dark = rgb(body, "backgroundColor"), rgb(mark, "fill")
    page.locator("#theme input[value=light]").check()
    light = rgb(body, "backgroundColor"), rgb(mark, "fill")
    assert dark[0] != light[0] and dark[1] != light[1]
    page.reload()
    page.wait_for_selector(".canvas:not(:has(.main-svg))", state="detached")
    assert rgb(body, "backgroundColor") == light[0] and page.locator("#theme input[value=light]").is_checked()
    page.locator("#theme input[value=auto]").check()
    assert rgb(body, "backgroundColor") == dark[0]
    page.emulate_media(color_scheme="light")
    assert rgb(body, "backgroundColor") == light[0] and rgb(mark, "fill") == light[1]


def test_print_is_light_whole_and_without_controls(open_page):
    page = open_page(color_scheme="dark")
    page.locator("#theme input[value=dark]").check()
    dark = rgb(page.locator(".canvas .scatterlayer .point").last, "fill")
    page.emulate_media(media="print")
    page.wait_for_selector("html.printing")
    assert not page.locator("#filters").is_visible() and not page.locator("#layers").is_visible()
    assert rgb(page.locator("body"), "backgroundColor") == "rgb(255, 255, 255)"
    assert rgb(page.locator(".canvas .scatterlayer .point").last, "fill") != dark
    assert page.locator(".canvas .main-svg").first.bounding_box()["width"] == 490
    page.emulate_media(media="screen")
    page.wait_for_selector("html:not(.printing)")
    assert rgb(page.locator(".canvas .scatterlayer .point").last, "fill") == dark


def test_names_never_become_markup(page):
    assert page.title() == "What does the quantized model cost?"
    assert page.locator("img").count() == 0 and page.locator("script").count() == 6
    assert HOSTILE in column(page, 0) and HOSTILE_END in column(page, 1)
    assert HOSTILE in "".join(page.locator("#trade-off .canvas").first.locator(".textpoint").all_text_contents())
    assert page.locator("#sensitivity code").first.inner_text() == HOSTILE
    assert HOSTILE in page.locator("#models").inner_text()


def test_the_keyboard_reaches_everything_and_the_page_fits(page):
    first = page.locator("a[href], button, input, select, [tabindex='0']").first
    assert first.get_attribute("class") == "skip" and first.bounding_box()["x"] < 0
    first.focus()
    assert first.bounding_box()["x"] > 0
    first.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1300, "height": 900})
    levels = page.locator("h1, h2, h3, h4").evaluate_all("found => found.map(item => Number(item.tagName[1]))")
    assert levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:]))
    names = page.locator("button, input, select").evaluate_all(
        "found => found.map(item => (item.labels?.[0] || item).textContent.trim() || item.getAttribute('aria-label'))"
    )
    assert all(names)
