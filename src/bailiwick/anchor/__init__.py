"""Places that hold heads of the log for us: witnesses, timestamp authorities, git repositories, write-once folders."""
