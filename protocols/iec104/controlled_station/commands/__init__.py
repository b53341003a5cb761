"""Commands at the controlled station: selection and execution, what is refused, and what they make move."""
