"""The tests that pyxnat ships with itself, as they are, on the project that they expect.

They read their settings from the working folder, and small files that the package does not bring; both are made here.
"""
import json
import os
import shutil
import sys
import tempfile
import zipfile

import pytest
import pyxnat
from stage import PASSWORD, URL, USER, put, rest

# Tests that need data of its makers' own server are left out.
MODULES = ['resources_test', 'attributes_test', 'custom_variables_test', 'provenance_test', 'search_test']
LEFT_OUT = ['search_test.py::test_inspect_resources']
PROTOCOL = ('<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' ID="pyxnat_tests"><xnat:studyProtocol xsi:type="xnat:datatypeProtocol" ID="pyxnat_tests_subjectData"'
            ' name="Subjects" data-type="xnat:subjectData"/></xnat:Project>')


def prepare(folder):
    source = os.path.join(os.path.dirname(pyxnat.__file__), 'tests')
    for name in MODULES:
        shutil.copy(os.path.join(source, f'{name}.py'), folder)
    settings = json.dumps({'server': URL, 'user': USER, 'password': PASSWORD})
    hello = {'hello_xnat.txt': 'Hello XNAT!\n', 'hello_again.txt': 'Hello again!\n', '.devxnat.cfg': settings,
             '.central.cfg': settings}
    for name, content in hello.items():
        with open(os.path.join(folder, name), 'w', encoding='utf8') as file:
            file.write(content)
    with zipfile.ZipFile(os.path.join(folder, 'hello_dir.zip'), 'w') as packed:
        packed.writestr('hello_dir/hello_xnat_dir.txt', 'one')
        packed.writestr('hello_dir/hello_dir2/hello_xnat_dir2.txt', 'two')


def prepare_site():
    put('/data/projects/pyxnat_tests?name=pyxnat+tests&description=pyxnat+CI+tests&alias=pyxnat&accessibility=private')
    put('/data/projects/pyxnat_tests', PROTOCOL.encode(), **{'Content-Type': 'text/xml'})
    for code in ('quarantine_code/0', 'prearchive_code/4'):
        put(f'/data/projects/pyxnat_tests/{code}')
    for name in ('pyxnat_tests2', 'more1', 'more2', 'more3', 'more4', 'more5'):
        put(f'/data/projects/{name}')
    assert rest('GET', '/data/projects/pyxnat_tests').status == 200


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder:
        os.environ['HOME'] = folder
        prepare(folder)
        prepare_site()
        os.chdir(folder)
        words = [part for name in LEFT_OUT for part in ('--deselect', name)]
        status = pytest.main(['-q', '-p', 'no:cacheprovider', *words, *(f'{name}.py' for name in MODULES)])
    sys.exit(status)
