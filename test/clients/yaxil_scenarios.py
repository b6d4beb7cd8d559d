"""Scenarios of yaxil (clients 12, 13, 36, 37)."""
import os

import yaxil
from stage import FILES, PASSWORD, URL, USER, Scenario, fresh, main, make_session, put, rest, tree

# The provenance that processing pipelines write, and the identity that storerest reads.
ASSESSMENT = '''<?xml version="1.0" encoding="UTF-8"?>
<xnat:QCManualAssessment ID="{id}" project="{project}" label="{id}" xmlns:xnat="http://nrg.wustl.edu/xnat"
  xmlns:prov="http://www.nbirn.net/prov" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <xnat:date>2024-03-06</xnat:date>
  <xnat:provenance><prov:processStep><prov:program version="2.1">qc</prov:program>
    <prov:timestamp>2024-03-06T10:00:00</prov:timestamp><prov:user>u</prov:user><prov:machine>m</prov:machine>
    <prov:platform version="6">linux</prov:platform></prov:processStep></xnat:provenance>
  <xnat:imageSession_ID>{session}</xnat:imageSession_ID>
  <xnat:rater>{rater}</xnat:rater>
</xnat:QCManualAssessment>
'''


class Yaxil(Scenario):
    def setUp(self):
        super().setUp()
        self.label = fresh('exp')
        self.accession = make_session(self.project, session=self.label)
        self.place = f'/data/projects/{self.project}/subjects/sub1/experiments/{self.label}'
        self.auth = yaxil.auth2(host=URL, username=USER, password=PASSWORD)

    def test_12_lists(self):
        self.assertTrue(yaxil.test_auth(self.auth))
        self.assertFalse(yaxil.test_auth(self.auth._replace(password='wrong', cookie={})))
        (subject,) = yaxil.subjects(self.auth, project=self.project)
        self.assertEqual((subject.label, subject.project), ('sub1', self.project))
        self.assertEqual(subject.uri, f'/data/subjects/{subject.id}')
        put(f'{self.place}?xsiType=xnat:mrSessionData&note=n')
        (session,) = yaxil.experiments(self.auth, label=self.label)
        self.assertEqual((session.id, session.label, session.project), (self.accession, self.label, self.project))
        self.assertEqual((session.subject_id, session.subject_label, session.note), (subject.id, 'sub1', 'n'))
        self.assertRegex(session.archived_date, r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d')
        self.assertEqual(yaxil.accession(self.auth, self.label), self.accession)
        self.assertEqual(len(list(yaxil.experiments(self.auth, subject=subject))), 1)

    def test_12_nothing_and_too_much(self):
        with self.assertRaises(yaxil.NoSubjectsError):
            list(yaxil.subjects(self.auth, label='nobody', project=self.project))
        with self.assertRaises(yaxil.NoExperimentsError):
            list(yaxil.experiments(self.auth, label='nothing', project=self.project))
        make_session(fresh('P'), session=self.label)
        with self.assertRaises(yaxil.MultipleAccessionError):
            yaxil.accession(self.auth, self.label)
        self.assertEqual(yaxil.accession(self.auth, self.label, self.project), self.accession)

    def test_12_date_ranges(self):
        def found(first, last):
            try:
                return [one.id for one in yaxil.experiments(self.auth, project=self.project, daterange=(first, last))]
            except yaxil.NoExperimentsError:
                return []
        self.assertEqual(found('2024-03-01', '2024-03-31'), [self.accession])
        self.assertEqual(found('2024-03-05', '2024-03-05'), [self.accession])
        self.assertEqual(found('2024-03-06', '2024-03-31'), [])

    def test_12_session(self):
        put(f'/data/projects/{self.project}?accessibility=private')
        with yaxil.session(self.auth) as session:
            self.assertEqual(session.accession(self.label), self.accession)
            cookie = session._auth.cookie['JSESSIONID']
        answer = rest('GET', '/data/projects', headers={'Cookie': f'JSESSIONID={cookie}'}, user=None)
        self.assertNotIn(self.project.encode(), answer.body)

    def test_13_downloads(self):
        put(f'{self.place}/scans/2?xsiType=xnat:mrScanData&type=T2')
        put(f'{self.place}/scans/2/resources/NIFTI/files/c.nii', b'third file')
        for form in ('flat', 'native'):
            out = os.path.join(self.folder, form)
            yaxil.download(self.auth, self.label, ['1'], out_dir=out, out_format=form)
            named = FILES if form == 'native' else {os.path.basename(name): body for name, body in FILES.items()}
            found = {name.split('/files/')[-1]: body for name, body in tree(out).items()}
            self.assertEqual(found, named)
        out = os.path.join(self.folder, 'all')
        yaxil.download(self.auth, self.label, None, out_dir=out, out_format='native', in_mem=False)
        self.assertEqual(sorted(tree(out).values()), sorted([*FILES.values(), b'third file']))
        yaxil.download(self.auth, self.label, ['1', '2'], out_dir=out + '2')
        self.assertEqual(len(tree(out + '2')), 3)

    def test_36_scans(self):
        kinds = {'1': 'xnat:mrScanData', '2': 'xnat:scScanData', '3': 'xnat:srScanData', '4': 'xnat:otherDicomScanData'}
        for number, kind in kinds.items():
            put(f'{self.place}/scans/{number}?xsiType={kind}&type=K{number}&series_description=series+{number}&note=n{number}')
        put(f'{self.place}/scans/1?xsiType=xnat:mrScanData&xnat:mrScanData/parameters/tr=2000&frames=40'
            '&xnat:mrScanData/parameters/voxelRes/x=1.5&xnat:mrScanData/scanner/manufacturer=SIEMENS')
        put(f'{self.place}?xsiType=xnat:mrSessionData&fieldStrength=3T&time=10:11:12')
        scans = {scan['id']: scan for scan in yaxil.scans(self.auth, self.label)}
        self.assertEqual(sorted(scans), sorted(kinds))
        first = scans['1']
        self.assertEqual((first['session_label'], first['field_strength'], first['time_scanned'], first['subject_label']),
                         (self.label, '3T', '10:11:12.000', 'sub1'))
        self.assertEqual((float(first['tr']), float(first['vox_x']), first['frames'], first['scanner_manufacturer']),
                         (2000, 1.5, '40', 'SIEMENS'))
        self.assertEqual((first['archiver'], first['quality']), (USER, 'usable'))
        self.assertEqual([scans[number]['series_description'] for number in sorted(kinds)],
                         [f'series {number}' for number in sorted(kinds)])
        found = yaxil.scansearch(self.auth, self.label, {'anat': 'note LIKE "%n1%"', 'rest': 'type="K2" OR type="K3"'})
        self.assertEqual({name: sorted(ids) for name, ids in found.items()}, {'anat': ['1'], 'rest': ['2', '3']})

    def test_36_questions(self):
        self.assertTrue(yaxil.exists(self.auth, self.accession))
        self.assertFalse(yaxil.exists(self.auth, 'NOSUCH_E1'))
        self.assertTrue(yaxil.has(self.auth, 'xnat:mrSessionData', project=self.project))
        self.assertFalse(yaxil.has(self.auth, 'xnat:petSessionData', project=self.project))

    def test_36_history(self):
        put(f'{self.place}?xsiType=xnat:mrSessionData&note=changed')
        self.assertTrue(yaxil.history(self.auth, self.label))

    def test_37_storerest(self):
        name = fresh('QC')
        document = ASSESSMENT.format(id=name, project=self.project, session=self.accession, rater='one')
        self.write('assessor/assessment.xml', document.encode())
        self.write('resources/plots/motion.png', b'\x89PNG motion')
        self.write('resources/tables/snr.csv', b'a,b\n1,2\n')
        for _ in range(2):
            yaxil.storerest(self.auth, self.folder, 'qc-out')
        place = f'/data/experiments/{self.accession}/assessors'
        (row,) = rest('GET', f'{place}?columns=ID,label,xsiType').rows()
        self.assertEqual((row['ID'], row['label'], row['xsiType']), (name, name, 'xnat:qcManualAssessorData'))
        files = f'{place}/{name}/resources/qc-out/files'
        self.assertEqual(self.stored(f'{files}/plots/motion.png'), b'\x89PNG motion')
        self.assertEqual(self.stored(f'{files}/tables/snr.csv'), b'a,b\n1,2\n')
        self.assertEqual(len(rest('GET', files).rows()), 2)
        self.assertIn(b'version="2.1"', rest('GET', f'/data/experiments/{name}?format=xml').body)


if __name__ == '__main__':
    main()
