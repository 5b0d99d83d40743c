# Aliases only: everything is in ./desk.
.PHONY: run test check

run test check:
	./desk $@
