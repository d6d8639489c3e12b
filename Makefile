# The commands of this project. `make` alone lists them.
.POSIX:
.NOTPARALLEL:

VENV = .venv
BIN = $(VENV)/bin
LOGS = .make
PIP = $(BIN)/python -m pip --disable-pip-version-check install --no-input --require-hashes
OURS = $(BIN)/python -m pip --disable-pip-version-check install --no-input --no-deps --no-build-isolation
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
# More arguments for pytest, for example: make test PYTEST="-k outbox"
PYTEST =
# More photos for the screening, for example: make bench-screening MORE="--more folder"
MORE =
# How many processes run tests: one more than cores, because some wait for timeouts of the product.
WORKERS = 3
# A part of `make faults` or of the runs at other dates, or one of the dates: make faults PART=2/3,
# make test-dates PART=2/7, make test-dates DATE=2028-02-29
PART = 1/1
DATE =
# How many tests of `make faults` run at once: they wait most of the time, for engines and timeouts.
AT_ONCE = 6

.PHONY: help run web test test-dates check browser geckodriver minio faketime bench bench-field bench-screening bench-lists bench-review goodput faults faults-report teeth coverage wire release lock clean

help: ## 列出命令 this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile

run: $(VENV)/.ours web ## 启动全套 install, build and start everything on this machine
	@$(BIN)/inspect-server up

web: ## 构建网页 build the phone and console pages, if something changed
	@sh deploy/pages.sh

test: $(VENV)/.tests $(VENV)/.ours web browser check ## 全部测试 style, types and every test
	@echo "网页单元测试 (web unit tests)" && npm --prefix web test --silent
	@echo "服务与浏览器测试 (service and browser tests)"
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

test-dates: $(VENV)/.tests $(VENV)/.ours web faketime ## 换日期测试 unit and integration tests at seven dates; PART=k/n, DATE=2028-02-29
	@$(BIN)/python -m tests.support.dates --part "$(PART)" --date "$(DATE)" -- $(PYTEST)

coverage: $(VENV)/.tests $(VENV)/.ours web browser ## 覆盖率 lines and branches that the tests run, Python and TypeScript
	@rm -rf $(LOGS)/coverage && mkdir -p $(LOGS)/coverage
	@npm --prefix web test --silent -- --coverage
	@$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST); tests=$$?; \
	$(BIN)/coverage combine > $(LOGS)/coverage-combine.log 2>&1; $(BIN)/coverage json --quiet -o $(LOGS)/coverage.json && \
	$(BIN)/python -m tools.coverage_report $(LOGS)/coverage.json web/coverage/coverage-summary.json && exit $$tests

check: $(VENV)/.tests $(VENV)/.ours web ## 风格与类型 style, types, generated files
	@echo "检查 (ruff, mypy, import-linter, tsc, eslint, contract)"
	@npm --prefix web run --silent check > $(LOGS)/check-web.log 2>&1 & web=$$!; \
	$(BIN)/ruff check --quiet . && \
	$(BIN)/ruff format --quiet --check . && \
	$(BIN)/mypy && \
	{ $(BIN)/lint-imports > $(LOGS)/imports.log || { cat $(LOGS)/imports.log; false; }; } && \
	$(BIN)/python -m tools.contract --check && \
	$(BIN)/python -m tools.wire_types --check; python=$$?; \
	wait $$web || { cat $(LOGS)/check-web.log; exit 1; }; exit $$python

browser: ## 测试用浏览器 find or install Chromium, WebKitGTK and Firefox for the browser tests
	@sh deploy/browser/obtain.sh
	@sh deploy/webkit/obtain.sh
	@sh deploy/firefox/obtain.sh

geckodriver: ## 测试用 geckodriver build the driver of the tests in Firefox, once
	@sh deploy/firefox/obtain.sh driver

faketime: ## 测试用 faketime find or install the faketime of test-dates
	@sh deploy/faketime/obtain.sh

minio: ## 测试用 MinIO obtain a MinIO server to test on
	@sh deploy/minio/obtain.sh

bench: $(VENV)/.tests $(VENV)/.ours ## 主流程测速 measure the main loop against a raw baseline
	@$(BIN)/python -m bench.main_loop

bench-field: $(VENV)/.tests $(VENV)/.ours web browser ## 手机端测速 measure the phone page in a Chromium slowed four times
	@$(BIN)/python -m bench.field

bench-screening: $(VENV)/.tests $(VENV)/.ours ## 筛查测量 recall and false positives of the photo screening
	@$(BIN)/python -m bench.screening $(MORE)

bench-lists: $(VENV)/.tests $(VENV)/.ours ## 列表测速 measure console lists, counts, board and exports at 200,000 cases
	@$(BIN)/python -m bench.lists

bench-review: $(VENV)/.tests $(VENV)/.ours web browser ## 核查测速 measure the next case's photo in a queue of 10,000
	@$(BIN)/python -m bench.review

goodput: $(VENV)/.tests $(VENV)/.ours web browser ## 弱网吞吐 photos over a link that fails every 15 s, compared with a plain PUT
	@$(BIN)/python -m tests.reliability.goodput --runs 3 --plain

faults: $(VENV)/.tests $(VENV)/.ours web browser ## 故障验证 all tests that nothing is lost (docs/reliability.md); PART=k/n, a stopped run continues
	@INSPECT_FAULTS=full $(BIN)/python -m pytest -q -n $(AT_ONCE) --dist load --maxschedchunk 1 \
		-p tests.reliability.parts --part "$(PART)" --results "$$($(BIN)/python -m tests.reliability.parts)" \
		tests/reliability tests/e2e/test_kills.py $(PYTEST)

faults-report: $(VENV)/.tests $(VENV)/.ours ## 故障验证报告 join the results of all parts of `make faults`
	@INSPECT_FAULTS=full $(BIN)/python -m tests.reliability.parts --report

teeth: $(VENV)/.tests $(VENV)/.ours web ## 咬合验证 plant bugs and check that the tests find each one
	@$(BIN)/python -m tests.reliability.mutations

wire: $(VENV)/.tests $(VENV)/.ours ## 接口类型 write the TypeScript types of the API from openapi.json
	@npm --prefix web/tools/wire ci --no-audit --no-fund --silent
	@$(BIN)/python -m tools.wire_types

release: $(VENV)/.tests $(VENV)/.ours web ## 发布包 a wheel of this commit with the pages inside, twice to the same bytes, with SBOM and sums
	@sh deploy/step.sh $(LOGS)/release.log "构建发布包两次并比较 (wheel, twice)" $(BIN)/python -m tools.release
	@cat dist/SHA256SUMS

lock: $(VENV)/.tests ## 锁定依赖 pin the packages named in requirements/*.in
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet -r requirements/lock.in
	@$(LOCK) requirements/run.in -o requirements/run.txt
	@$(LOCK) -c requirements/run.txt requirements/test.in -o requirements/test.txt

clean: ## 清理 remove installed and built files; ./var with the data stays
	@rm -rf $(VENV) $(LOGS) web/node_modules inspect_server/static build dist test-results *.egg-info
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: one for running and for testing, test.txt repeats every pin of run.txt ----

$(VENV)/.made:
	@python=$$(sh deploy/need.sh python) && \
	sh deploy/step.sh $(LOGS)/venv.log "建立 Python 环境 (environment)" "$$python" -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements/run.txt $(VENV)/.made
	@sh deploy/step.sh $(LOGS)/pip-run.log "安装依赖，首次约 1–3 分钟 (dependencies)" $(PIP) -r requirements/run.txt
	@touch $@

$(VENV)/.tests: requirements/test.txt $(VENV)/.made
	@sh deploy/step.sh $(LOGS)/pip-test.log "安装依赖和测试工具，首次约 2–5 分钟 (dependencies, test tools)" $(PIP) -r requirements/test.txt
	@touch $(VENV)/.run $@

$(VENV)/.ours: setup.cfg pyproject.toml $(VENV)/.run
	@sh deploy/step.sh $(LOGS)/pip-ours.log "安装本程序 (inspect-server)" $(OURS) -e .
	@touch $@
