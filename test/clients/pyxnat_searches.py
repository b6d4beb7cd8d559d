"""Scenarios of pyxnat that search (clients 35)."""
from pyxnat import Interface
from stage import PASSWORD, URL, USER, Scenario, fresh, main, make_user, put, rest

SUBJECT, SESSION = 'xnat:subjectData', 'xnat:mrSessionData'


class Searches(Scenario):
    def setUp(self):
        super().setUp()
        self.central = Interface(server=URL, user=USER, password=PASSWORD)
        self.addCleanup(self.central.disconnect)
        self.ids = {}
        for label, values in {'s1': 'gender=male&yob=1980', 's2': 'gender=female&yob=1990', 's3': 'group=control'}.items():
            place = f'/data/projects/{self.project}/subjects/{label}'
            self.ids[label] = put(f'{place}?{values}').body.decode()
        session = f'/data/projects/{self.project}/subjects/s2/experiments/mr2'
        self.ids['mr2'] = put(f'{session}?xsiType={SESSION}&date=2024-03-05&{SESSION}/age=34.5').body.decode()
        put(f'{session}/scans/1?xsiType=xnat:mrScanData&type=T1')
        self.here = (f'{SUBJECT}/PROJECT', '=', self.project)
        self.columns = [f'{SUBJECT}/SUBJECT_LABEL', f'{SUBJECT}/SUBJECT_ID', f'{SUBJECT}/GENDER_TEXT']

    def labels(self, criteria):
        rows = self.central.select(SUBJECT, self.columns).where(criteria)
        for row in rows:
            self.assertEqual(list(row), ['subject_label', 'subject_id', 'gender_text'])
            self.assertEqual(row['subject_id'], self.ids[row['subject_label']])
        return sorted(row['subject_label'] for row in rows)

    def test_35_where(self):
        self.assertEqual(self.labels([self.here, 'AND']), ['s1', 's2', 's3'])
        self.assertEqual(self.labels([self.here, (f'{SUBJECT}/YOB', '>', '1985'), 'AND']), ['s2'])
        self.assertEqual(self.labels([self.here, (f'{SUBJECT}/SUBJECT_LABEL', 'LIKE', '*3'), 'AND']), ['s3'])
        either = [(f'{SUBJECT}/GENDER_TEXT', '=', 'M'), (f'{SUBJECT}/GROUP', '=', 'control'), 'OR']
        self.assertEqual(self.labels([self.here, either, 'AND']), ['s1', 's3'])
        self.assertEqual(self.labels([self.here, (f'{SESSION}/date', '>=', '2024-01-01'), 'AND']), ['s2'])
        self.assertEqual(self.labels([self.here, ('xnat:mrScanData/TYPE', '=', 'T1'), 'AND']), ['s2'])
        self.assertEqual(self.labels([self.here, (f'{SUBJECT}/GENDER_TEXT', '=', 'nobody'), 'AND']), [])

    def test_35_rows_of_sessions(self):
        columns = [f'{SESSION}/{name}' for name in ('SESSION_ID', 'SUBJECT_LABEL', 'date', 'age', 'MR_SCAN_COUNT_AGG')]
        rows = self.central.select(SESSION, columns).where([(f'{SESSION}/project', '=', self.project)])
        self.assertEqual(list(rows), [{'session_id': self.ids['mr2'], 'subject_label': 's2', 'date': '2024-03-05',
                                       'age': '34.5', 'mr_scan_count_agg': 'T1(1)'}])

    def test_35_collections(self):
        # pyxnat takes a criterion that a single subject meets for a list of the letters of its id.
        other = fresh('P')
        put(f'/data/projects/{other}')
        put(f'/data/projects/{other}/subjects/s4?gender=female')
        women = [(f'{SUBJECT}/GENDER_TEXT', '=', 'F'), self.here, 'AND']
        self.assertEqual(self.central.select('//subjects').where(women).get(), [self.ids['s2']])
        self.assertEqual(self.central.select('//experiments').where(women).get(), [self.ids['mr2']])

    def test_35_saved(self):
        search, name = self.central.manage.search, fresh('search')
        criteria = [self.here, (f'{SUBJECT}/GENDER_TEXT', '=', 'F'), 'AND']
        search.save(name, SUBJECT, self.columns, criteria, sharing='private', description='50% of them')
        self.assertIn(name, search.saved())
        self.assertIn((name, '50% of them'), search.saved(with_description=True))
        self.assertEqual([row['subject_label'] for row in search.get(name)], ['s2'])
        query = search.get(name, 'query')
        self.assertEqual((query['row'], query['columns'], query['users']), (SUBJECT, self.columns, [USER]))
        self.assertCountEqual(query['constraints'], criteria)
        again = self.central.select(SUBJECT, self.columns).where(query=name)
        self.assertEqual([row['subject_label'] for row in again], ['s2'])
        search.delete(name)
        self.assertNotIn(name, search.saved())
        self.assertEqual(rest('GET', f'/data/search/saved/{name}').status, 404)

    def test_35_sharing(self):
        search, mine, ours, login = self.central.manage.search, fresh('mine'), fresh('ours'), fresh('ann').lower()
        make_user(login, 'secret words 1')
        search.save(mine, SUBJECT, self.columns, [self.here, 'AND'], sharing='private')
        search.save(ours, SUBJECT, self.columns, [self.here, 'AND'], sharing='public')
        other = Interface(server=URL, user=login, password='secret words 1')
        self.addCleanup(other.disconnect)
        self.assertIn(ours, other.manage.search.saved())
        self.assertNotIn(mine, other.manage.search.saved())
        for name in (mine, ours):
            search.delete(name)

    def test_35_templates(self):
        search, name = self.central.manage.search, fresh('template')
        search.save_template(name, SUBJECT, self.columns, [(f'{SUBJECT}/SUBJECT_ID', '=', 'who'), 'AND'])
        self.assertIn(name, search.saved_templates())
        self.assertEqual(search.get_template(name)[2], [(f'{SUBJECT}/SUBJECT_ID', '=', '%(who)s'), 'AND'])
        search.delete_template(name)
        self.assertNotIn(name, search.saved_templates())

    def test_35_inspection(self):
        inspect = self.central.inspect
        self.assertIn(SESSION, inspect.datatypes())
        self.assertIn(f'{SUBJECT}/DOB', inspect.datatypes(SUBJECT))
        self.assertIn(self.ids['s1'], inspect.field_values(f'{SUBJECT}/SUBJECT_ID'))
        every = inspect.datatypes(SESSION)
        [row] = self.central.select(SESSION, every).where([(f'{SESSION}/SESSION_ID', '=', self.ids['mr2']), 'AND'])
        self.assertEqual((row['label'], row['subject_label'], row['gen_age']), ('mr2', 's2', '34.5'))

    def test_35_descriptions(self):
        place = self.central.select.project(self.project)
        self.assertRegex(repr(place), rf'^<Project Object> {self.project} .* 3 subjects 1 MR experiment \(owner: {USER}\)')
        self.assertIn('(Gender: F) 1 experiment', repr(place.subject('s2')))
        self.assertIn(f"(subject: {self.ids['s2']} `s2`)", repr(place.subject('s2').experiment('mr2')))


if __name__ == '__main__':
    main()
