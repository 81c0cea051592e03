package dev.weft.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a rule does with a request, backends aside. */
public sealed interface Plan {

  /**
   * The proxy answers itself: a redirect, or the answer to a CORS preflight.
   *
   * @param location value of the Location header; {@code null}: none
   * @param response edits of the answer's headers
   */
  record Answer(int status, @Nullable String location, HeaderEdits response) implements Plan {}

  /**
   * The request goes to a backend.
   *
   * @param pathAndQuery what replaces path and query; {@code null}: unchanged
   * @param authority what replaces the authority; {@code null}: unchanged
   * @param auths who must let the request pass, asked one after the other, before anything else
   * @param mirrors to whom copies go, each by {@link Mirror#wants}
   */
  record Forward(
      @Nullable String pathAndQuery,
      @Nullable String authority,
      HeaderEdits request,
      HeaderEdits response,
      List<ExternalAuth> auths,
      List<Mirror> mirrors,
      Timeouts timeouts,
      RetryPolicy retry)
      implements Plan {
    Forward withPath(@Nullable String newPathAndQuery) {
      return new Forward(
          newPathAndQuery, authority, request, response, auths, mirrors, timeouts, retry);
    }

    Forward withResponse(HeaderEdits edits) {
      return new Forward(pathAndQuery, authority, request, edits, auths, mirrors, timeouts, retry);
    }
  }
}
