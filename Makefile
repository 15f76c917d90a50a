# Thin: each target is one line over an npm script or the gatehouse command.
.PHONY: up test check bench down clean install

up: install
	@bin/gatehouse up --yes

test: install
	@npm test --silent

check: install
	@npm run --silent check

bench: install
	@npm run --silent bench

down:
	@bin/gatehouse local down

clean:
	@bin/gatehouse local reset --yes

# npm writes .package-lock.json last, so an interrupted install is done again.
install: node_modules/.package-lock.json
node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@
