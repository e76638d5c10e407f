"""Seals: written once a night outside the database, offered to partners, checked by a script that knows nothing of ours."""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from steller.signatures import SigningKey, SigningKeyError, canonical, is_signed
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.wallets.conftest import moved, unguarded
from wallets import queries
from wallets import services as wallets
from wallets.models import Wallet
from wallets.queries.seals import Night, nights
from wallets.tasks import seal_ledger

pytestmark = pytest.mark.django_db
VERIFIER = Path(django_settings.BASE_DIR) / "dev" / "verify_seal.py"


def new_key(name):
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.LEDGER_SEAL_DIR = str(tmp_path / "seals")
    settings.LEDGER_SEAL_KEY = new_key("s1")
    return tmp_path / "seals"


def fund(wallet, amount="10", reference=None, reason=""):
    reference = reference or f"T-{secrets.token_hex(4)}"
    moved(
        wallets.top_up, wallet_id=wallet.pk, amount=Decimal(amount), reference=reference, actor="user:1", reason=reason
    )


def yesterday(night):
    """Let a day pass: the night becomes one of the day before, as a whole and rightly signed."""
    day = (datetime.now(tz=UTC).date() - timedelta(days=1)).isoformat()
    key = SigningKey.parse(django_settings.LEDGER_SEAL_KEY)
    signed = [json.loads(line) for line in night.lines()]
    lines = [canonical(key.sign({**line["payload"], "date": day})) + b"\n" for line in signed[:-1]]
    last = {**signed[-1]["payload"], "date": day, "lines_sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    night.path.unlink()
    earlier = Night(night.path.with_name(f"seal-{day}.jsonl"))
    earlier.path.write_bytes(b"".join(lines) + canonical(key.sign(last)) + b"\n")
    return earlier


def sealed():
    return Night(wallets.seal_ledger().path)


class TestANight:
    def test_is_written_once_and_never_again(self, wallet):
        first = wallets.seal_ledger()
        before = first.path.read_bytes()
        fund(wallet)

        again = wallets.seal_ledger()

        assert (first.repeated, first.wallets, first.entries) == (False, 1, 1)
        assert again.repeated
        assert first.path.read_bytes() == before
        assert first.path.stat().st_mode & 0o777 == 0o444
        assert list(first.path.parent.iterdir()) == [first.path]

    def test_has_a_signed_line_for_each_wallet_and_one_for_itself(self, wallet):
        factories.make_wallet(factories.PartnerFactory(), currency="EUR", fund="0", mode="test")

        *lines, last = [json.loads(line) for line in sealed().lines()]

        assert all(is_signed(line, queries.public_keys()) for line in [*lines, last])
        first, second = (line["payload"] for line in lines)
        assert (first["wallet_id"], first["version"], first["available"]) == (wallet.pk, 1, "1000.0000")
        assert first["totals"] == {"top_up": ["1000.0000", "0.0000"]}
        assert (second["currency"], second["mode"], second["version"]) == ("EUR", "test", 0)
        assert last["payload"]["wallets"] == 2

    def test_carries_on_from_the_one_before_and_reads_only_what_is_new(self, wallet):
        earlier = yesterday(sealed())
        for _ in range(3):
            fund(wallet)

        done = wallets.seal_ledger()

        assert done.entries == 3
        seal = queries.seal_of(wallet.pk)["payload"]
        old = queries.seal_of(wallet.pk, datetime.now(tz=UTC).date() - timedelta(days=1))["payload"]
        assert seal["previous"] == {"date": earlier.day, "version": 1, "digest": old["digest"]}
        assert (seal["version"], seal["available"]) == (4, "1030.0000")
        assert seal["totals"] == {"top_up": ["1030.0000", "0.0000"]}

    def test_seals_no_balance_that_its_entries_do_not_come_to(self, wallet):
        old = sealed()
        yesterday(old)
        sound = factories.make_wallet(factories.PartnerFactory())
        Wallet.objects.filter(pk=wallet.pk).update(available=5)

        with pytest.raises(CommandError, match=f"wallet:{wallet.pk} version:1"):
            call_command("seal_ledger")

        assert queries.seal_of(wallet.pk)["payload"]["available"] == "1000.0000"
        assert queries.seal_of(sound.pk)["payload"]["version"] == 1

    def test_leaves_out_a_wallet_that_never_added_up(self, wallet):
        Wallet.objects.filter(pk=wallet.pk).update(available=5)

        assert wallets.seal_ledger().broken == (f"wallet:{wallet.pk} version:1",)

    def test_is_made_by_the_command_and_by_beat(self, wallet, directory):
        call_command("seal_ledger")
        seal_ledger()

        assert len(nights()) == 1

    def test_is_not_made_where_sealing_is_off(self, wallet, settings, directory):
        settings.LEDGER_SEAL_DIR = ""
        seal_ledger()

        with pytest.raises(CommandError, match="LEDGER_SEAL_DIR"):
            call_command("seal_ledger")
        assert not directory.exists()
        assert queries.verify_seals().nights == 0

    def test_needs_a_key(self, wallet, settings):
        settings.LEDGER_SEAL_KEY = ""

        with pytest.raises(CommandError, match="LEDGER_SEAL_KEY"):
            call_command("seal_ledger")


class TestSoundSeals:
    def test_fit_the_ledger_over_several_nights_and_keys(self, wallet, settings):
        yesterday(sealed())
        old = SigningKey.parse(settings.LEDGER_SEAL_KEY)
        public = base64.b64encode(old.key.public_key().public_bytes_raw()).decode()
        settings.LEDGER_SEAL_KEY, settings.LEDGER_SEAL_PUBLIC_KEYS = new_key("s2"), f"s1:{public}"
        for _ in range(300):
            fund(wallet)
        wallets.seal_ledger()
        fund(wallet)

        report = queries.verify_seals()

        assert (report.nights, report.seals) == (2, 2)
        assert report.forged + report.torn + report.changed == []

    def test_cost_one_walk_over_the_entries(self, wallet, django_assert_num_queries):
        yesterday(sealed())
        fund(wallet)
        wallets.seal_ledger()

        with django_assert_num_queries(1):
            queries.verify_seals()


class TestAChangedLedger:
    @pytest.fixture
    def ledger(self, wallet):
        for number in range(4):
            fund(wallet, reference=f"T-{number}")
        yesterday(sealed())
        for number in range(4, 8):
            fund(wallet, reference=f"T-{number}")
        wallets.seal_ledger()
        return wallet

    @pytest.mark.parametrize(
        ("statement", "versions"),
        [
            ("UPDATE wallets_walletentry SET reason = 'x' WHERE version = 3", [3]),
            ("UPDATE wallets_walletentry SET actor = 'user:2' WHERE version = 8", [8]),
            ("UPDATE wallets_walletentry SET reference = reference || 'x' WHERE version IN (2, 7)", [2, 7]),
            ("UPDATE wallets_walletentry SET created_at = created_at - interval '1 day' WHERE version = 6", [6]),
            ("DELETE FROM wallets_walletentry WHERE version = 3", [3]),
            ("DELETE FROM wallets_walletentry WHERE version = 9", [9]),
        ],
    )
    def test_is_named_by_wallet_and_version(self, ledger, statement, versions):
        unguarded(statement)

        changed = queries.verify_seals().changed

        assert [text.split(" seal:")[0] for text in changed] == [f"wallet:{ledger.pk} version:{v}" for v in versions]

    def test_is_named_near_its_place_when_a_night_had_many_entries(self, wallet):
        for _ in range(600):
            fund(wallet)
        wallets.seal_ledger()
        unguarded("UPDATE wallets_walletentry SET reason = 'x' WHERE version = 100")

        [changed] = queries.verify_seals().changed

        assert changed.startswith(f"wallet:{wallet.pk} versions:100-102 ")


class TestChangedSeals:
    def test_are_named(self, wallet):
        night = sealed()
        night.path.chmod(0o644)
        night.path.write_bytes(night.path.read_bytes().replace(b'"1000.0000"', b'"9000.0000"'))

        assert queries.verify_seals().forged == [night.path.name]

    @pytest.mark.parametrize("text", [b"x\n", b"[]\n", b"{}\n", b'{"payload": {}}\n'])
    def test_that_are_none_are_named(self, wallet, text):
        night = sealed()
        night.path.chmod(0o644)
        night.path.write_bytes(text)

        assert queries.verify_seals().forged == [night.path.name]

    def test_of_an_unknown_key_are_named(self, wallet, settings):
        night = sealed()
        settings.LEDGER_SEAL_KEY = new_key("s2")

        assert queries.verify_seals().forged == [night.path.name]

    def test_without_a_line_are_named(self, wallet):
        factories.make_wallet(factories.PartnerFactory())
        night = sealed()
        night.path.chmod(0o644)
        night.path.write_bytes(b"".join(list(night.lines())[1:]))

        assert queries.verify_seals().torn == [night.path.name]

    def test_without_an_earlier_night_are_named(self, wallet):
        earlier = yesterday(sealed())
        fund(wallet)
        night = sealed()
        earlier.path.unlink()

        assert set(queries.verify_seals().torn) == {night.path.name, f"wallet:{wallet.pk} seal:{night.day}"}


class TestOverTheApi:
    def seal(self, buyer, query=""):
        return buyer.api.get(f"/api/wallet/{buyer.wallet.pk}/seal{query}")

    def test_the_latest_is_read_and_one_of_a_day(self, buyer):
        earlier = yesterday(sealed())
        wallets.seal_ledger()

        latest, dated = self.seal(buyer).json(), self.seal(buyer, f"?date={earlier.day}").json()

        assert latest["payload"]["previous"]["date"] == earlier.day == dated["payload"]["date"]
        assert is_signed(latest, queries.public_keys())

    def test_there_may_be_none(self, buyer):
        assert_problem(self.seal(buyer), 404, "not_found")
        wallets.seal_ledger()
        assert_problem(self.seal(buyer, "?date=2000-01-01"), 404, "not_found")
        assert_problem(self.seal(buyer, "?date=x"), 400, "invalid_request")

    def test_those_of_others_are_not_found(self, buyer):
        foreign = factories.make_wallet(factories.PartnerFactory())
        wallets.seal_ledger()

        assert_problem(buyer.api.get(f"/api/wallet/{foreign.pk}/seal"), 404, "not_found")

    def test_keys_are_open_to_everybody_and_private_ones_to_nobody(self, db):
        body = client_of().get("/api/seal-key").json()

        [key] = body["results"]
        assert (key["key_id"], key["algorithm"]) == ("s1", "Ed25519")
        assert key["public_key"] not in django_settings.LEDGER_SEAL_KEY


class TestTheVerifier:
    @pytest.fixture
    def files(self, buyer, tmp_path):
        fund(buyer.wallet, "5.5", "=1+1", "'quoted', née \"x\"")
        yesterday(sealed())
        (tmp_path / "earlier.json").write_bytes(self.get(buyer, "seal"))
        moved(wallets.hold, wallet_id=buyer.wallet.pk, amounts={"line:1": Decimal(3)}, actor="key:1")
        moved(wallets.settle, captured={"line:1": Decimal(1)}, actor="system:settlement")
        wallets.seal_ledger()
        fund(buyer.wallet)
        (tmp_path / "seal.json").write_bytes(self.get(buyer, "seal"))
        (tmp_path / "keys.json").write_bytes(client_of().get("/api/seal-key").content)
        (tmp_path / "entries.json").write_bytes(self.get(buyer, "entry"))
        (tmp_path / "entries.csv").write_bytes(self.get(buyer, "entry?format=csv"))
        return tmp_path

    def get(self, buyer, rest):
        answer = buyer.api.get(f"/api/wallet/{buyer.wallet.pk}/{rest}")
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    def verify(self, files, entries="entries.csv"):
        command = [sys.executable, "-I", str(VERIFIER), "--keys", files / "keys.json", "--seal", files / "seal.json"]
        command += ["--entries", files / entries, "--earlier", files / "earlier.json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.strip()

    @pytest.mark.parametrize("entries", ["entries.csv", "entries.json"])
    def test_finds_sound_what_is_sound(self, files, buyer, entries):
        code, text = self.verify(files, entries)

        assert (code, text.startswith(f"OK: wallet {buyer.wallet.pk}, 5 entries")) == (0, True)
        assert "extends the seal of" in text

    @pytest.mark.parametrize(
        ("name", "old", "new", "said"),
        [
            ("seal.json", '"available":"1004.5000"', '"available":"9004.5000"', "signature"),
            ("seal.json", '"key_id":"s1"', '"key_id":"s0"', "not among the keys"),
            ("entries.csv", "line:1", "line:2", "the entries come to digest"),
            ("entries.csv", "1000.00,0.00,1000.00", "1001.00,0.00,1001.00", "entry 2 does not follow"),
            ("entries.csv", "née", "nee", "those that were sealed on"),
        ],
    )
    def test_finds_what_was_changed(self, files, name, old, new, said):
        text = (files / name).read_text()
        assert old in text
        (files / name).write_text(text.replace(old, new))

        code, text = self.verify(files)

        assert (code, said in text) == (1, True), text

    def test_finds_what_is_missing(self, files):
        lines = (files / "entries.csv").read_text().splitlines(keepends=True)
        (files / "entries.csv").write_text("".join(lines[:2] + lines[3:]))

        assert self.verify(files) == (1, "WRONG: entry 2 is missing")

    def test_finds_a_later_seal_that_is_the_earlier_one(self, files):
        seal, earlier = (files / "seal.json").read_text(), (files / "earlier.json").read_text()
        (files / "seal.json").write_text(earlier)
        (files / "earlier.json").write_text(seal)

        code, text = self.verify(files)

        assert (code, "more entries" in text) == (1, True)


class TestAKey:
    @pytest.mark.parametrize("text", ["", "s1", "s1:", ":AAAA", "s1:AAAA", "s1:***"])
    def test_that_is_none_is_refused(self, text):
        with pytest.raises(SigningKeyError):
            SigningKey.parse(text)
