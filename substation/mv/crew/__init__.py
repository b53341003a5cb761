"""What crews can restore after automation has done its part: orders of their own, proposed to people."""
