"""Guards: the named steps of the one path, each in its own place, in the order of `eyeot.runtime.engine`."""
