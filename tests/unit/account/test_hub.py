from __future__ import annotations

from mailstore.account.hub import Hub


def test_only_subscribers_of_the_mailbox_hear() -> None:
    hub, heard = Hub(), []
    hub.subscribe("INBOX", lambda: heard.append("inbox"))
    hub.subscribe("Sent", lambda: heard.append("sent"))
    hub.publish("INBOX")
    assert heard == ["inbox"]


def test_a_cancelled_subscription_is_silent_and_may_be_cancelled_again() -> None:
    hub, heard = Hub(), []
    cancel = hub.subscribe("INBOX", lambda: heard.append(1))
    cancel()
    cancel()
    hub.publish("INBOX")
    assert heard == []


def test_a_subscriber_may_cancel_while_it_is_told() -> None:
    hub, heard = Hub(), []

    def hear_and_cancel() -> None:
        heard.append(1)
        cancel()

    cancel = hub.subscribe("INBOX", hear_and_cancel)
    hub.subscribe("INBOX", lambda: heard.append(2))
    hub.publish("INBOX")
    hub.publish("INBOX")
    assert heard == [1, 2, 2]
