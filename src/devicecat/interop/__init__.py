"""Neighbours. What reads registers shares what a record is (``records``) and how files are opened (``release_files``)."""
