"""One small function per rule of SAFETY.md: a Situation in, '' or the reason why not out."""
