#!/usr/bin/env python3
"""Writes a PipelineRun with N embedded tasks to stdout, the same bytes for the same N.

The shape of a large generated pipeline: ten tasks in a row, each using the result of the one before, many such rows
side by side; parameters, environment, a script. About 710 bytes and 84 libyaml events a task.
"""
import sys

HEAD = """apiVersion: tekton.dev/v1
kind: PipelineRun
metadata:
  name: many
spec:
  params:
  - name: revision
    value: v1.4.0
  pipelineSpec:
    params:
    - name: revision
      type: string
    tasks:
"""
TASK = """    - name: t%(n)d
%(after)s      params:
      - {name: revision, value: $(params.revision)}
      - {name: input, value: %(input)s}
      timeout: 10m
      taskSpec:
        params:
        - {name: revision, type: string}
        - {name: input, type: string}
        results:
        - {name: out}
        steps:
        - name: work
          image: alpine:3
          env:
          - {name: REVISION, value: $(params.revision)}
          - {name: INPUT, value: $(params.input)}
          script: |
            echo "part %(n)d of $REVISION from $INPUT"
            echo part-%(n)d >$(results.out.path)
        - name: check
          image: alpine:3
          command: [test, -s, $(results.out.path)]
"""


def main():
    count = int(sys.argv[1])
    out = [HEAD]
    for n in range(count):
        first = n % 10 == 0
        out.append(TASK % {
            "n": n,
            "after": "" if n % 10 != 5 else "      runAfter: [t%d]\n" % (n - 5),
            "input": "row-%d" % (n // 10) if first else "$(tasks.t%d.results.out)" % (n - 1)})
    sys.stdout.write("".join(out))


if __name__ == "__main__":
    main()
