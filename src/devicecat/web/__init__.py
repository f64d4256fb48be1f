"""Pages: the catalogue for people who would rather look than read. One set of templates serves every face."""
