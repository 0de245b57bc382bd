"""Runs the suite and ends with one counted line; subtests that fail count as failures."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def main():
    names = sys.argv[1:]
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names) if names else loader.discover(os.path.dirname(os.path.abspath(__file__)))
    result = unittest.TextTestRunner(verbosity=1, buffer=False).run(suite)
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    broken = {str(getattr(test, "test_case", test)) for test, _ in result.failures + result.errors}
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    print(f"entrypoint: {result.testsRun - len(broken) - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or result.testsRun == 0 else 0


sys.exit(main())
