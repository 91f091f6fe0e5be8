"""The commands `zoo-tf1` and `pose-estimation-quanteval`."""
