"""An IP camera: RTSP with H.264 behind a user and a password, by GStreamer. Run by Debian's Python, which has its gi.

`/usr/bin/python3 rtsp_camera.py FOLDER USER PASSWORD` shows the pictures 000.png, 001.png, ... of a folder again and
again, ten a second, and prints its port. It ends with its standard input; "stall" there stops the pictures alone.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 # after their versions are chosen

PIPELINE = (
    "multifilesrc location={folder}/%03d.png loop=true caps=image/png,framerate=10/1 ! pngdec ! videoconvert ! "
    "valve name=valve ! openh264enc gop-size=10 ! rtph264pay name=pay0 config-interval=1"
)


class Camera(GstRtspServer.RTSPMediaFactory):
    """One stream for all who watch."""

    def __init__(self, folder):
        super().__init__()
        self.set_launch(PIPELINE.format(folder=folder))
        self.set_shared(True)
        self._media = []
        self.connect("media-configure", lambda _, media: self._media.append(media))

    def stall(self):
        """Send no more pictures; the connection stays."""
        for media in self._media:
            media.get_element().get_by_name("valve").set_property("drop", True)


def guard(server, camera, user, password):
    """Show the pictures to this user alone."""
    token, role = GstRtspServer.RTSPToken(), "viewer"
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, role)
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for permission in (
        GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS,
        GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
    ):
        permissions.add_permission_for_role(role, permission, True)
    camera.set_permissions(permissions)


def main(folder, user, password):
    """Serve until the standard input ends."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
    camera = Camera(folder)
    guard(server, camera, user, password)
    server.get_mount_points().add_factory("/stream", camera)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()

    def obey():
        for line in sys.stdin:
            if line.strip() == "stall":
                GLib.idle_add(camera.stall)
        loop.quit()

    threading.Thread(target=obey, daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
