package dev.weft.resources;

import java.util.List;

/** What translation found out about an object; with what nodes said it becomes its status. */
public interface StatusFacts {

  /** The status, without times. Any thread. */
  ObjectStatus render(Programmed programmed);

  /** Names of the resources whose progress at the nodes shows in the status. */
  List<String> watched();
}
