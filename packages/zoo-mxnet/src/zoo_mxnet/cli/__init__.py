"""The commands `zoo-mxnet` and `simple-pose-validate`."""
