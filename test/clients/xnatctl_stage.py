"""What the scenarios of xnatctl share: it is run as the program that people type."""
import json
import os
import subprocess
import sys

from stage import PASSWORD, URL, USER, Scenario


class XnatctlScenario(Scenario):
    def run_it(self, *words, password=PASSWORD, code=0, signed_in=True):
        """Runs one command in a home folder of this scenario; returns what it printed."""
        credentials = {'XNAT_USER': USER, 'XNAT_PASS': password} if signed_in else {}
        environment = {**os.environ, **credentials, 'XNAT_URL': URL, 'HOME': self.folder, 'NO_COLOR': '1',
                       'COLUMNS': '200', 'XNATCTL_NO_UPDATE_CHECK': '1'}
        done = subprocess.run([sys.executable, '-m', 'xnatctl', *words], env=environment, capture_output=True,
                              encoding='utf8', stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, f'{words}: {done.stdout}{done.stderr}')
        return done.stdout if code == 0 else done.stdout + done.stderr

    def listed(self, *words, **options):
        return json.loads(self.run_it(*words, '-o', 'json', **options))
