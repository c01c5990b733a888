"""Canary: whether a broker that tells no reasons (MQTT 3.1.1) really passes on what it acknowledges.

Mosquitto acknowledges a 3.1.1 client's message and throws it away when its access list says so. So the first
message to each topic is a canary: we subscribe to that topic, and unsubscribe when one of our own came back.
"""

from collections.abc import Callable


class Canary:
    """The topics of one connection that sent something and did not see it come back."""

    def __init__(self, subscribe: Callable[[str], None], unsubscribe: Callable[[str], None]) -> None:
        self._subscribe, self._unsubscribe = subscribe, unsubscribe
        self._back: set[str] = set()
        self.out: set[str] = set()

    def send(self, topic: str) -> None:
        """Note that a message goes to a topic next; subscribing first lets the broker see it in that order."""
        if topic not in self.out and topic not in self._back:
            self.out.add(topic)
            self._subscribe(topic)

    def came(self, topic: str, retained: bool) -> bool:
        """Note a message from below; return whether the topic is a canary's. A retained one may be of an older life."""
        if topic in self.out and not retained:
            self.out.remove(topic)
            self._back.add(topic)
            self._unsubscribe(topic)
            return True
        return topic in self.out or topic in self._back
