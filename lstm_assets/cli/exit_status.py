"""The exit statuses of the command."""

FAILED = 1
USAGE = 2
STOPPED = 130  # what shells expect after Ctrl-C
