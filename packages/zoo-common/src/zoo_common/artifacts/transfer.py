"""One HTTP attempt: from the bytes already on disk to as many more as the server gives."""

import contextlib
import re
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple
from urllib.parse import urljoin

import requests
import urllib3
from tqdm import tqdm

from zoo_common.artifacts import cache
from zoo_common.artifacts.artifact import Artifact
from zoo_common.artifacts.hosts import require_host, require_redirect
from zoo_common.artifacts.partial import Partial
from zoo_common.errors import ZooError

MAX_REDIRECTS = 10
BLOCK = 1 << 16
LARGEST = 16 << 30
"""Bytes of a file whose size nobody published."""
_RETRIED_STATUS = (408, 425, 429)


class TransientError(Exception):
    """An attempt that failed in a way another may not. ``wait``: seconds the server asked for."""

    def __init__(self, message: str, wait: float = 0.0):
        super().__init__(message)
        self.wait = wait


def transfer(artifact: Artifact, partial: Partial, timeout: float, progress: bool, blind_resume: bool) -> None:
    """Bring ``partial`` to completion, or as far as the connection lasts.

    Resumes with ``Range`` and ``If-Range`` (RFC 9110, sections 13.1.5 and 14), so that a file changed on the server
    starts afresh.

    Args:
        artifact: what is asked for.
        partial: the bytes so far.
        progress: show a bar on a terminal.
        timeout: seconds without a byte after which the connection counts as stalled.
        blind_resume: resume without a strong ETag too; only where a known sha256 would tell a mixture.

    Raises:
        TransientError: stall, truncation, lost connection, HTTP 5xx, 408, 425 or 429.
        ZooError: any other HTTP error, a refused redirect, a size other than the artifact's, a full disk.
    """
    offset = partial.size
    validator = partial.validator
    strong = validator is not None and validator.startswith('"')
    if offset and not strong and not blind_resume:
        offset = 0
    headers = {"Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = "bytes={}-".format(offset)
        if validator:
            headers["If-Range"] = validator
    whole = artifact.size
    try:
        with requests.Session() as session, _open(session, artifact, headers, timeout) as response:
            start, total = _range_of(artifact, response, partial, offset, validator)
            if offset and start == total:
                return
            _check_total(artifact, total)
            whole = artifact.size if total is None else total
            with cache.writing(partial.path):
                if start == 0:
                    partial.begin(_validator_of(response))
                _check_space(partial.path, start, total)
                _receive(artifact, response, partial.path, total, progress)
    except requests.exceptions.SSLError as error:
        raise ZooError("{}: {}".format(artifact.url, error)) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise TransientError("the server stalled for {} s, with {} bytes here".format(timeout, partial.size)) from error
    except urllib3.exceptions.HTTPError as error:
        raise TransientError(_cut_short(partial, whole)) from error
    except requests.ConnectionError as error:
        raise TransientError(str(error)) from error
    except requests.RequestException as error:
        raise ZooError("{}: {}".format(artifact.url, error)) from error
    if whole is not None and partial.size != whole:
        raise TransientError(_cut_short(partial, whole))


@contextlib.contextmanager
def _open(
    session: requests.Session, artifact: Artifact, headers: Dict[str, str], timeout: float
) -> Iterator[requests.Response]:
    """Follow redirects by hand, as far as `zoo_common.artifacts.hosts` lets them."""
    require_host(artifact)
    here = artifact.url
    for _ in range(MAX_REDIRECTS + 1):
        response = session.get(here, headers=headers, timeout=timeout, stream=True, allow_redirects=False)
        with contextlib.closing(response):
            target = session.get_redirect_target(response)
            if target is None:
                yield response
                return
        there = urljoin(here, target)
        require_redirect(artifact, here, there)
        here = there
    raise ZooError("{}: more than {} redirects, the last to {}".format(artifact.url, MAX_REDIRECTS, here))


def _range_of(
    artifact: Artifact, response: requests.Response, partial: Partial, offset: int, validator: Optional[str]
) -> Tuple[int, Optional[int]]:
    """Return where the body starts and the size of the whole file (``None`` where the server does not say)."""
    status = response.status_code
    if status == 200:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    content_range = response.headers.get("Content-Range", "")
    if status == 206 and offset:
        match = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", content_range)
        other_version = validator is not None and _validator_of(response) not in (None, validator)
        if match and int(match.group(1)) == offset and not other_version:
            return offset, None if match.group(2) == "*" else int(match.group(2))
    if status == 416 and content_range == "bytes */{}".format(offset):
        return offset, offset
    if status in (206, 416):
        partial.discard()
        raise TransientError("the server answered a resumed download with another range or version")
    message = "HTTP {} {}".format(status, response.reason or "").rstrip()
    if status >= 500 or status in _RETRIED_STATUS:
        wait = response.headers.get("Retry-After", "")
        raise TransientError(message, float(wait) if wait.isdigit() else 0.0)
    raise ZooError("{}: {}".format(artifact.url, message))


def _receive(artifact: Artifact, response: requests.Response, path: Path, total: Optional[int], progress: bool) -> None:
    with open(str(path), "ab") as stream:
        bar: Any = tqdm(
            total=total,
            initial=stream.tell(),
            desc=artifact.filename,
            unit="B",
            unit_scale=True,
            disable=None if progress else True,
        )
        with bar:
            # The file's own bytes: some servers label a .tar.gz as a gzip-encoded .tar.
            for block in response.raw.stream(BLOCK, decode_content=False):
                stream.write(block)
                bar.update(len(block))
                if stream.tell() > (artifact.size or LARGEST):
                    text = "{}: expected {} bytes{}, the server sends more"
                    raise ZooError(text.format(artifact.url, *_bound(artifact)))


def _check_total(artifact: Artifact, total: Optional[int]) -> None:
    wrong = total != artifact.size if artifact.size is not None else (total or 0) > LARGEST
    if total is not None and wrong:
        text = "{}: expected {} bytes{}, the server offers {}"
        raise ZooError(text.format(artifact.url, *_bound(artifact), total))


def _bound(artifact: Artifact) -> Tuple[int, str]:
    return (LARGEST, " at most") if artifact.size is None else (artifact.size, "")


def _check_space(path: Path, start: int, total: Optional[int]) -> None:
    free = shutil.disk_usage(str(path.parent)).free
    if total is not None and free < total - start:
        raise ZooError(
            "{}: {} bytes are needed and {} are free; free some space or set ZOO_CACHE to another disk".format(
                path.parent, total - start, free
            )
        )


def _validator_of(response: requests.Response) -> Optional[str]:
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _cut_short(partial: Partial, whole: Optional[int]) -> str:
    return "the connection ended after {} of {} bytes".format(partial.size, "unknown" if whole is None else whole)
