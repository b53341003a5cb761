"""System tests: every process is real, every byte goes over the wire; one start serves all scenes of a site."""
