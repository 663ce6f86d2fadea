"""The hooks: each is called once, at load, to collect classes. Helper B deepens this file."""

import pluggy

hookspec = pluggy.HookspecMarker("tidegate")
hookimpl = pluggy.HookimplMarker("tidegate")
