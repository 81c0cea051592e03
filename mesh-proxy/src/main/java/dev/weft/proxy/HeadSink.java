package dev.weft.proxy;

import dev.weft.proxy.http.Head;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.HeaderSink;

/** Edits of a head. Confined to its exchange's event loop. */
record HeadSink(Head head) implements HeaderSink {
  @Override
  public boolean has(String name) {
    return head.get(name) != null;
  }

  @Override
  public void set(String name, String value) {
    head.set(name, value);
  }

  @Override
  public void add(String name, String value) {
    add(head, name, value);
  }

  /** Adds a value to those that are there, in one line where a field allows that. */
  static void add(Head head, String name, String value) {
    String joined = HeaderEdits.joined(name, head.all(name), value);
    if (joined == null) {
      head.add(name, value);
    } else {
      head.set(name, joined);
    }
  }

  @Override
  public void remove(String name) {
    head.remove(name);
  }
}
