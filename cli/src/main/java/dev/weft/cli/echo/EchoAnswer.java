package dev.weft.cli.echo;

import java.util.List;

/**
 * One answer.
 *
 * @param status HTTP status
 * @param body JSON
 * @param chain what the services called on the way answered
 */
record EchoAnswer(int status, String body, List<Hop> chain) {
  EchoAnswer {
    chain = List.copyOf(chain);
  }

  /**
   * What one forwarded call answered.
   *
   * @param status HTTP status; 0 when there was no answer
   * @param json the body where it was JSON, else a JSON string of it or of the error
   */
  record Hop(String url, int status, String json) {}
}
