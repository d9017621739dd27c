"""The folder broker when a writer is killed half-way."""

from queue import Empty

import pytest
from kombu import Connection

from cityinit.broker import Channel


@pytest.fixture
def channel(tmp_path):
    folders = {"data_folder_in": tmp_path, "data_folder_out": tmp_path, "control_folder": tmp_path / "control"}
    with Connection("filesystem://localhost", transport_options=folders) as connection:
        yield connection.default_channel


def test_the_products_connections_use_it(channel):
    assert type(channel) is Channel


def test_messages_are_read_in_the_order_they_were_written(channel):
    for number in (1, 2, 3):
        channel._put("celery", {"number": number})

    assert [channel._get("celery")["number"] for _ in range(3)] == [1, 2, 3]


def test_a_message_is_there_whole_or_not_at_all(channel, tmp_path):
    channel._put("celery", {"number": 1})

    assert [path.suffix for path in tmp_path.glob("*celery*")] == [".msg"]


def test_what_a_killed_writer_left_is_no_message(channel, tmp_path):
    (tmp_path / "1_a.celery.msg.77.part").write_text('{"num')

    with pytest.raises(Empty):
        channel._get("celery")


def test_an_empty_message_is_passed_over(channel, tmp_path):
    (tmp_path / "00_a.celery.msg").touch()
    channel._put("celery", {"number": 2})

    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._get("celery") == {"number": 2}


def test_two_queues_are_bound_to_one_exchange_once_each(channel):
    for queue in ("celery", "other", "celery"):
        channel._queue_bind("exchange", "key", "", queue)

    assert sorted(bound.queue for bound in channel.get_table("exchange")) == ["celery", "other"]
