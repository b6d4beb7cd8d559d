"""Scenarios of xnatpy's searches (clients 34), for every release alike."""
import datetime

from stage import main, put
from xnatpy_stage import XnatpyScenario


class Searches(XnatpyScenario):
    def setUp(self):
        super().setUp()
        base = f'/data/projects/{self.project}/subjects'
        self.ids = {}
        for label, age, gender in (('young', '3', 'female'), ('old', '42.5', 'male')):
            put(f'{base}/{label}?gender={gender}&xnat:subjectData/fields/field%5Bname%3Ddose%5D/field={label}')
            made = put(f'{base}/{label}/experiments/mr-{label}?xsiType=xnat:mrSessionData&xnat:mrSessionData/age={age}'
                       f'&xnat:mrSessionData/date=2024-0{len(self.ids) + 1}-15')
            self.ids[label] = made.body.decode()
        self.central.clearcache()
        self.classes = self.central.classes
        self.mine = self.classes.MrSessionData.project == self.project

    def test_34_sessions(self):
        mr = self.classes.MrSessionData
        query = mr.query().filter(self.mine).filter(mr.age > 5)
        (row,) = query.tabulate_dict()
        self.assertEqual((row['session_id'], row['project']), (self.ids['old'], self.project))
        (session,) = query.all()
        self.assertEqual((type(session).__name__, session.id, session.label), ('MrSessionData', self.ids['old'], 'mr-old'))
        self.assertEqual(session.age, 42.5)
        self.assertEqual({one.id for one in mr.query().filter(self.mine).all()}, set(self.ids.values()))
        self.assertEqual(mr.query().filter(self.mine & (mr.age > 100)).all(), [])
        self.assertEqual(query.one().id, self.ids['old'])

    def test_34_comparisons(self):
        mr = self.classes.MrSessionData

        def found(criterion):
            return sorted(one.label for one in mr.query().filter(self.mine, criterion).all())

        self.assertEqual(found(mr.label == 'mr-old'), ['mr-old'])
        self.assertEqual(found(mr.label.like('mr-%')), ['mr-old', 'mr-young'])
        self.assertEqual(found((mr.age <= 3) | (mr.label == 'mr-old')), ['mr-old', 'mr-young'])
        self.assertEqual(found(mr.date >= datetime.date(2024, 2, 1)), ['mr-old'])
        self.assertEqual(found(mr.LABEL == 'mr-young'), ['mr-young'])

    def test_34_columns(self):
        mr = self.classes.MrSessionData
        query = mr.query().filter(self.mine).view(mr.label, mr.age, mr.project)
        rows = sorted((float(row[key]) for row in query.tabulate_dict() for key in row if key.endswith('age')))
        self.assertEqual(rows, [3.0, 42.5])

    def test_34_subjects_and_projects(self):
        subject, project = self.classes.SubjectData, self.classes.ProjectData
        mine = subject.query().filter(subject.project == self.project)
        self.assertEqual(sorted(one.label for one in mine.all()), ['old', 'young'])
        self.assertEqual([one.label for one in mine.filter(subject.label == 'old').all()], ['old'])
        by_variable = mine.filter(subject.custom_variables['dose'] == 'young')
        self.assertEqual([one.label for one in by_variable.all()], ['young'])
        (found,) = project.query().filter(project.id == self.project).all()
        self.assertEqual((type(found).__name__, found.id), ('ProjectData', self.project))


if __name__ == '__main__':
    main()
