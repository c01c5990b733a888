"""Publishers: each is a cursor over the journal that moves when the other side has taken a row."""
