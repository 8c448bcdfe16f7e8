"""What changed since a moment of what somebody may see: the page "What changed since Monday" and its file.

Built from the lines of the books between two sequences (`books.changes`), so that nothing is read twice however long
the books are: what a need was at the first sequence is what it is now less what these lines changed. Rows that the
acting person sees now have figures; of what was shown then and is not now, only that it is no longer shown is said.
"""
