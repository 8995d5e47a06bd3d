"""Runs the same templates through Debian's Jinja2, with Ansible's filters, tests and settings, and
through template_tool; both must give the same value, or both refuse.

usage: /usr/bin/python3 compare_with_jinja.py TEMPLATE_TOOL
"""

import json
import math
import subprocess
import sys
import types

import jinja2
from ansible.plugins.filter import core as filter_core
from ansible.plugins.filter import mathstuff as filter_math
from ansible.plugins.filter import urls as filter_urls
from ansible.plugins.test import core as test_core
from ansible.plugins.test import mathstuff as test_math
from ansible.template.native_helpers import AnsibleUndefined

from cases import DIFFERENT, EXPRESSIONS, NAMES, TEMPLATES

VIEWS = (types.GeneratorType, range, map, zip, filter, reversed, type({}.keys()), type({}.values()),
         type({}.items()))


def unrolled(value):
    """Ansible makes lists of views and generators; a list of ours has no tuples."""
    if hasattr(value, "__next__") or isinstance(value, VIEWS):
        return list(value)
    return value


def environment():
    env = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True,
                             undefined=AnsibleUndefined, finalize=unrolled)
    for module in (filter_core, filter_math, filter_urls):
        env.filters.update(module.FilterModule().filters())
    for module in (test_core, test_math):
        env.tests.update(module.TestModule().tests())
    return env


def plain(value):
    """A value as JSON holds it."""
    value = unrolled(value)
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises: strict
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, set):
        raise TypeError("a set")
    if isinstance(value, str):
        return str(value)
    if value is not None and not isinstance(value, (bool, int, float)):
        raise TypeError(f"a {type(value).__name__}")
    return value


def by_jinja(env, kind, source):
    try:
        if kind == "expression":
            compiled = env.compile_expression(source, undefined_to_none=False)
            return {"value": plain(compiled(**NAMES))}
        return {"value": env.from_string(source).render(**NAMES)}
    except Exception as error:  # every kind of refusal counts
        return {"error": f"{type(error).__name__}: {error}"}


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-15)
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b


def main():
    env = environment()
    cases = [("expression", source) for source in EXPRESSIONS]
    cases += [("template", source) for source in TEMPLATES]
    known = [(kind, source) for kind, source, _ in DIFFERENT]
    request = [{"kind": kind, "source": source, "names": NAMES} for kind, source in cases + known]
    answer = subprocess.run([sys.argv[1]], input=json.dumps(request), capture_output=True, text=True,
                            check=True)
    ours = json.loads(answer.stdout)
    failures = 0
    for (kind, source), got in zip(cases, ours):
        wanted = by_jinja(env, kind, source)
        if "value" in wanted and "value" in got and same(wanted["value"], got["value"]):
            continue
        if "error" in wanted and "error" in got:
            continue
        failures += 1
        print(f"{kind}: {source!r}\n  Jinja2: {wanted}\n  ours:   {got}")
    for (kind, source, wanted), got in zip(DIFFERENT, ours[len(cases):]):
        refused = wanted is None and "error" in got
        if not refused and not ("value" in got and same(wanted, got["value"])):
            failures += 1
            print(f"{kind}: {source!r}\n  documented: {wanted!r}\n  ours:       {got}")
        theirs = by_jinja(env, kind, source)
        if theirs == got:
            failures += 1
            print(f"{kind}: {source!r} is the same in Jinja2: not a difference")
    print(f"{len(cases)} cases compared, {len(known)} documented differences, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
