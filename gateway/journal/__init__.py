"""The journal: what happened and what was measured, kept through power cuts; publishers read it forward."""
