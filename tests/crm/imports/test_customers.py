"""Customers from files: matched by key or by what they are called, doubtful ones put aside."""

from __future__ import annotations

import pytest

from crm.imports.conftest import outcome
from factories import make_customer
from zhike.crm.customers.models import Customer, CustomField
from zhike.crm.imports import deciding
from zhike.crm.imports.models import Import, ImportState
from zhike.platform.errors import Conflict, DomainError, NotAllowed

HEADER = "客户编号,客户名称,手机,邮箱,行业,省份,城市\n"


def test_a_file_in_chinese_is_recognized_and_imported(importer):
    run = importer(
        "customers", HEADER + "K1,上海远达贸易有限公司,13800138000,A@Example.com,批发和零售业,上海市,\n"
    )
    assert run.state == ImportState.DONE, run.error
    customer = Customer.objects.get()
    assert (customer.external_key, customer.source, customer.kind) == ("K1", "import", "company")
    assert (customer.phone_key, customer.email, customer.province) == (
        "+8613800138000",
        "a@example.com",
        "31",
    )
    assert customer.industry == "F"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_gives_the_same_customers(importer, encoding):
    text = HEADER + "K1,深圳鑫海电子有限公司,13800138000,,,广东省,深圳市\n"
    run = importer("customers", text.encode(encoding))
    assert outcome(run) == {"created": 1}
    assert Customer.objects.get().city == "4403"


def test_importing_the_same_file_again_creates_and_changes_nothing(importer):
    text = HEADER + "K1,甲公司,,,,,\nK2,乙公司,13800138000,,,,\n,丙商贸有限公司,13900139000,,,,\n"
    importer("customers", text)
    run = importer("customers", text)
    assert outcome(run) == {"skipped": 3}
    assert Customer.objects.count() == 3
    assert set(Customer.objects.values_list("version", flat=True)) == {1}


def test_a_row_with_a_known_key_updates_and_a_blank_cell_states_nothing(importer):
    importer("customers", HEADER + "K1,甲公司,13800138000,a@b.cn,,,\n")
    run = importer("customers", HEADER + "K1,甲新公司,,a2@b.cn,,,\n")
    customer = Customer.objects.get()
    assert outcome(run) == {"updated": 1}
    assert (customer.name, customer.phone, customer.email) == ("甲新公司", "13800138000", "a2@b.cn")
    assert customer.version == 2
    assert customer.email_key == "a2@b.cn"


def test_keys_of_two_systems_are_two_customers(importer):
    importer("customers", HEADER + "K1,甲公司,,,,,\n", source="erp")
    importer("customers", HEADER + "K1,甲公司,,,,,\n", source="shop")
    assert Customer.objects.count() == 2


def test_a_company_without_key_is_found_by_its_normalized_name(importer, db):
    make_customer("上海知客科技有限公司", name_key="上海知客科技", kind="company")
    run = importer("customers", "客户名称,地址\n上海知客科技（有限公司）,南京路1号\n")
    assert outcome(run) == {"updated": 1}
    assert Customer.objects.get().address == "南京路1号"


def test_another_legal_form_is_doubtful(importer, db):
    make_customer("上海知客科技有限公司", name_key="上海知客科技", kind="company")
    run = importer("customers", "客户名称\n上海知客科技股份有限公司\n")
    assert outcome(run) == {"skipped": 1, "doubtful": 1}


def test_the_same_phone_under_another_name_is_doubtful_with_its_candidates(importer, db):
    known = make_customer(
        "张伟", kind="person", phone="13800138000", phone_key="+8613800138000", name_key="张伟"
    )
    run = importer("customers", "客户名称,手机\n李娜,138 0013 8000\n")
    issue = run.issues.get()
    assert outcome(run) == {"skipped": 1, "doubtful": 1}
    assert issue.candidates == [{"id": known.pk, "same": ["phone"]}]
    assert Customer.objects.count() == 1


def test_persons_are_not_one_for_a_common_name_alone(importer, db):
    make_customer("张伟", kind="person", phone="13800138000", phone_key="+8613800138000", name_key="张伟")
    run = importer("customers", "客户名称,手机\n张伟,13900139000\n")
    assert outcome(run) == {"skipped": 1, "doubtful": 1}


class TestDecidingADoubtfulRow:
    @pytest.fixture
    def doubtful(self, importer):
        make_customer("张伟", kind="person", phone="13800138000", phone_key="+8613800138000", name_key="张伟")
        return importer("customers", "客户名称,手机,地址\n李娜,13800138000,人民路\n")

    def test_the_suggested_customer_takes_the_row_over(self, doubtful):
        customer = Customer.objects.get()
        deciding.decide(actor=None, issue=doubtful.issues.get(), choice="update", customer_id=customer.pk)
        customer.refresh_from_db()
        doubtful.refresh_from_db()
        assert (customer.name, customer.address) == ("李娜", "人民路")
        assert outcome(doubtful) == {"updated": 1}

    def test_a_new_customer_is_created(self, doubtful):
        deciding.decide(actor=None, issue=doubtful.issues.get(), choice="new")
        doubtful.refresh_from_db()
        assert outcome(doubtful) == {"created": 1}
        assert Customer.objects.count() == 2

    def test_a_skipped_row_stays_skipped(self, doubtful):
        deciding.decide(actor=None, issue=doubtful.issues.get(), choice="skip")
        doubtful.refresh_from_db()
        assert outcome(doubtful) == {"skipped": 1}

    def test_a_row_is_decided_once(self, doubtful):
        deciding.decide(actor=None, issue=doubtful.issues.get(), choice="new")
        with pytest.raises(Conflict):
            deciding.decide(actor=None, issue=doubtful.issues.get(), choice="new")

    def test_a_customer_that_was_not_suggested_cannot_be_chosen(self, doubtful):
        other = make_customer("别家")
        with pytest.raises(DomainError):
            deciding.decide(actor=None, issue=doubtful.issues.get(), choice="update", customer_id=other.pk)

    def test_undo_takes_the_decision_back_too(self, importer, doubtful):
        customer = Customer.objects.get()
        deciding.decide(actor=None, issue=doubtful.issues.get(), choice="update", customer_id=customer.pk)
        doubtful.refresh_from_db()
        importer.undo(doubtful)
        customer.refresh_from_db()
        assert (customer.name, customer.address) == ("张伟", "")


class TestRejectedRows:
    def test_each_names_row_column_and_reason(self, importer):
        text = (
            HEADER
            + "K1,甲公司,1.38E+10,,,,\nK2,乙公司,,不是邮箱,,,\nK3,丙公司,,,,火星,\nK4,丁公司,,d@b.cn,,,\n"
        )
        run = importer("customers", text)
        assert outcome(run) == {"created": 1, "failed": 3}
        found = [(issue.row, issue.column, issue.code) for issue in run.issues.all()]
        assert found == [
            (2, "手机", "digits_lost"),
            (3, "邮箱", "email_invalid"),
            (4, "省份", "unknown_province"),
        ]

    def test_the_original_cells_are_kept(self, importer):
        run = importer("customers", HEADER + "K1,甲公司,1.38E+10,,,,\n")
        assert run.issues.get().values["手机"] == "1.38E+10"

    def test_a_number_that_another_customer_has_is_refused(self, importer):
        make_customer("甲公司", code="C1")
        text = "客户ID,客户编号2,客户名称\nK9,C1,乙公司\n"
        mapping = {"columns": {"客户ID": "customer_key", "客户编号2": "code", "客户名称": "name"}}
        importer("customers", "客户ID,客户编号2,客户名称\nK8,C2,丙公司\n", mapping=mapping)
        run = importer("customers", text, mapping=mapping)
        assert outcome(run) == {"updated": 1}
        run = importer("customers", "客户ID,客户编号2,客户名称\nK8,C1,丙公司\n", mapping=mapping)
        assert run.issues.get().code == "code_taken"

    def test_a_foreign_place_is_not_measured_by_chinas_provinces(self, importer):
        text = "客户编号,客户名称,国家,省份\nK1,Acme,United States,Kentucky\nK2,Foo,,Kentucky\n"
        run = importer("customers", text)
        assert outcome(run) == {"created": 1, "failed": 1}
        assert Customer.objects.get().province == ""


class TestCustomFields:
    def test_a_column_becomes_a_field_of_its_own(self, importer):
        text = "客户编号,客户名称,年采购额\nK1,甲公司,1200\nK2,乙公司,abc\n"
        columns = {"客户编号": "customer_key", "客户名称": "name", "年采购额": "new:number"}
        run = importer("customers", text, mapping={"columns": columns})
        field = CustomField.objects.get()
        assert (field.label, field.field_type) == ("年采购额", "number")
        assert Customer.objects.get(external_key="K1").custom == {field.key: 1200}
        assert run.issues.get().code == "not_number"

    def test_a_trial_run_creates_no_field_and_counts_the_same(self, importer):
        text = "客户编号,客户名称,年采购额\nK1,甲公司,1200\nK2,乙公司,abc\n"
        columns = {"客户编号": "customer_key", "客户名称": "name", "年采购额": "new:number"}
        trial = importer("customers", text, mapping={"columns": columns}, dry_run=True)
        assert not CustomField.objects.exists()
        real = importer("customers", text, mapping={"columns": columns})
        assert trial.counts == real.counts


class TestATrialRun:
    TEXT = HEADER + (
        "K1,甲公司,13800138000,,,,\n"
        "K1,甲公司新,,,,,\n"
        "K2,乙公司,bad,,,,\n"
        ",丙商贸有限公司,13700137000,,,,\n"
        ",丙商贸有限公司,13700137000,,,,\n"
        ",丁娜,13700137000,,,,\n"
    )

    def test_it_writes_nothing(self, importer):
        run = importer("customers", self.TEXT, dry_run=True)
        assert run.state == ImportState.DONE
        assert not Customer.objects.exists()
        assert not run.changes.exists()

    def test_it_counts_what_the_real_run_counts(self, importer):
        trial = importer("customers", self.TEXT, dry_run=True)
        found = [(i.row, i.kind, i.code) for i in trial.issues.all()]
        real = importer.run(Import.objects.get(pk=trial.pk))
        assert trial.counts == real.counts
        assert outcome(real) == {"created": 2, "updated": 1, "skipped": 2, "failed": 1, "doubtful": 1}
        assert found == [(i.row, i.kind, i.code) for i in real.issues.all()]


class TestRights:
    def test_a_sales_person_may_not_import(self, importer, people):
        with pytest.raises(NotAllowed):
            importer.receive("customers", HEADER, actor=people.sales_east)

    def test_new_customers_belong_to_the_importer_of_a_limited_scope(self, importer, people):
        importer("customers", HEADER + "K1,甲公司,,,,,\n", actor=people.manager_east)
        customer = Customer.objects.get()
        assert (customer.owner, customer.team) == (people.manager_east, people.east)

    def test_a_customer_of_another_team_is_not_changed_and_not_shown(self, importer, people):
        mine = make_customer("甲公司", owner=people.sales_west, source="import", external_key="K1", phone="1")
        run = importer("customers", HEADER + "K1,改名公司,13800138000,,,,\n", actor=people.manager_east)
        mine.refresh_from_db()
        issue = run.issues.get()
        assert (mine.name, issue.code, issue.candidates) == ("甲公司", "not_visible", [])
        assert "甲公司" not in str(issue.detail)

    def test_a_doubtful_match_shows_only_visible_candidates(self, importer, people):
        keys = {"kind": "person", "phone": "13800138000", "phone_key": "+8613800138000"}
        make_customer("王西", owner=people.sales_west, **keys)
        run = importer("customers", "客户名称,手机\n李娜,13800138000\n", actor=people.manager_east)
        assert run.issues.get().code == "not_visible"
        own = make_customer("王东", owner=people.sales_east, **keys)
        run = importer("customers", "客户名称,手机\n李娜,13800138000\n", actor=people.manager_east)
        assert [c["id"] for c in run.issues.get().candidates] == [own.pk]

    def test_owners_are_colleagues_of_the_own_scope(self, importer, people):
        text = "客户编号,客户名称,负责人\nK1,甲公司,sales_east\nK2,乙公司,sales_west\n"
        run = importer("customers", text, actor=people.manager_east)
        assert Customer.objects.get().owner == people.sales_east
        assert run.issues.get().code == "unknown_owner"

    def test_an_import_is_seen_by_its_own_person_and_by_unlimited_ones(self, importer, people):
        importer("customers", HEADER + "K1,甲公司,,,,,\n", actor=people.manager_east)
        seen = {
            name: Import.objects.visible_to(getattr(people, name)).count()
            for name in ("owner", "manager_east", "manager_west", "sales_east")
        }
        assert seen == {"owner": 1, "manager_east": 1, "manager_west": 0, "sales_east": 0}


class TestUndo:
    def test_created_customers_go_and_former_values_come_back(self, importer):
        importer("customers", HEADER + "K1,甲公司,13800138000,,,,\n")
        former = Customer.objects.values().get()
        run = importer("customers", HEADER + "K1,甲新公司,13900139000,,,北京市,\nK2,乙公司,,,,,\n")
        run = importer.undo(run)
        now = Customer.objects.values().get()
        changed = {name for name in former if former[name] != now[name]}
        assert run.state == ImportState.UNDONE
        assert changed <= {"version", "updated_at"}
        assert run.counts["undo"]["deleted"] == 1
        assert run.counts["undo"]["restored"] == 1

    def test_what_got_other_facts_stays_and_is_told(self, importer):
        from datetime import date

        from factories import make_order

        run = importer("customers", HEADER + "K1,甲公司,,,,,\nK2,乙公司,,,,,\n")
        make_order(Customer.objects.get(external_key="K1"), date(2026, 1, 1))
        run = importer.undo(run)
        assert list(Customer.objects.values_list("external_key", flat=True)) == ["K1"]
        assert run.counts["undo"]["kept_records"][0]["text"] == "甲公司"

    def test_a_field_that_was_changed_since_is_left_alone(self, importer):
        importer("customers", HEADER + "K1,甲公司,,,,,\n")
        run = importer("customers", HEADER + "K1,甲新公司,,a@b.cn,,,\n")
        Customer.objects.update(name="甲公司（手改）")
        run = importer.undo(run)
        customer = Customer.objects.get()
        assert (customer.name, customer.email) == ("甲公司（手改）", "")
        assert run.counts["undo"]["kept"] == 1

    def test_the_same_file_can_be_imported_again_afterwards(self, importer):
        text = HEADER + "K1,甲公司,,,,,\n"
        importer.undo(importer("customers", text))
        assert outcome(importer("customers", text)) == {"created": 1}

    def test_a_trial_run_has_nothing_to_undo(self, importer):
        run = importer("customers", HEADER + "K1,甲公司,,,,,\n", dry_run=True)
        with pytest.raises(Conflict):
            importer.undo(run)
