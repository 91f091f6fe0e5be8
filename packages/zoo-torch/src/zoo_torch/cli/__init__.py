"""The commands `zoo-torch` and `hrnet-posenet-quanteval`."""
