package dev.weft.routing;

import static dev.weft.routing.Fixtures.backend;
import static dev.weft.routing.Fixtures.header;
import static dev.weft.routing.Fixtures.http;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.api.v1.Cors;
import dev.weft.api.v1.HeaderModifier;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases of the conformance test HTTPRouteCORS, and what Fetch asks for beyond them. */
class CorsTest {
  private static final Cors.Builder FULL =
      Cors.newBuilder()
          .addOrigins("https://www.foo.com")
          .addOrigins("https://*.bar.com")
          .addMethods("GET")
          .addMethods("OPTIONS")
          .addHeaders("x-header-1")
          .addHeaders("x-header-2")
          .addExpose("x-header-3")
          .addExpose("x-header-4")
          .setCredentials(true)
          .setMaxAgeSeconds(3600);
  private static final Cors.Builder ANY_METHOD =
      Cors.newBuilder().addOrigins("https://www.foo.com").addMethods("*").setMaxAgeSeconds(5);
  private static final Cors.Builder ANY_ORIGIN =
      Cors.newBuilder().addOrigins("*").addMethods("PUT").setMaxAgeSeconds(5);

  private static Cors.Builder anything(boolean credentials) {
    return Cors.newBuilder()
        .addOrigins("*")
        .addMethods("*")
        .addHeaders("*")
        .setCredentials(credentials)
        .setMaxAgeSeconds(5);
  }

  @ParameterizedTest
  @CsvSource({
    "https://www.foo.com",
    "https://www.bar.com",
    "https://xpto.www.bar.com",
    "https://www.bar.com:443"
  })
  void answersAnAllowedPreflight(String origin) {
    assertThat(preflight(FULL, origin, "GET", "x-header-1, x-header-2"))
        .isEqualTo(
            Map.of(
                "access-control-allow-origin", origin,
                "access-control-allow-methods", "GET, OPTIONS",
                "access-control-allow-headers", "x-header-1, x-header-2",
                "access-control-expose-headers", "x-header-3, x-header-4",
                "access-control-max-age", "3600",
                "access-control-allow-credentials", "true",
                "vary", "origin"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://foobar.com",
    "http://www.foo.com",
    "https://www.foo.com:8443",
    "https://bar.com",
    "https://evilbar.com",
    "https://.bar.com",
    "https://www.foo.com.evil.com",
    "https://www.foo.com/path",
    "null",
    "https://www.bar.com:0443x"
  })
  void allowsAnUnknownOriginNothing(String origin) {
    assertThat(preflight(FULL, origin, "GET", null)).isEqualTo(Map.of("vary", "origin"));
    assertThat(answer(FULL, origin, "access-control-allow-origin", "*"))
        .doesNotContainKeys("access-control-allow-origin", "access-control-allow-credentials");
  }

  @Test
  void decoratesAllowedAnswers() {
    assertThat(answer(FULL, "https://www.bar.com", "vary", "accept"))
        .isEqualTo(
            Map.of(
                "access-control-allow-origin", "https://www.bar.com",
                "access-control-allow-credentials", "true",
                "access-control-expose-headers", "x-header-3, x-header-4",
                "vary", "accept,origin"));
  }

  @Test
  void repeatsWhatWasAskedForAWildcard() {
    assertThat(preflight(ANY_METHOD, "https://www.foo.com", "POST", null))
        .containsEntry("access-control-allow-methods", "POST")
        .doesNotContainKeys("access-control-allow-credentials", "access-control-allow-headers");
    for (boolean credentials : new boolean[] {false, true}) {
      assertThat(preflight(anything(credentials), "https://other.foo.com", "PUT", "x-a, x-b"))
          .containsEntry("access-control-allow-methods", "PUT")
          .containsEntry("access-control-allow-headers", "x-a, x-b");
    }
  }

  @ParameterizedTest
  @CsvSource({"https://foobar.com", "https://foobar.com:12345", "null"})
  void allOriginsGetTheSameWithoutCredentials(String origin) {
    assertThat(preflight(ANY_ORIGIN, origin, "PUT", null))
        .containsEntry("access-control-allow-origin", "*")
        .containsEntry("access-control-allow-methods", "PUT")
        .doesNotContainKeys("access-control-allow-credentials", "vary");
    assertThat(answer(ANY_ORIGIN, origin, "access-control-allow-credentials", "true"))
        .isEqualTo(Map.of("access-control-allow-origin", "*"));
  }

  @Test
  void neverCombinesTheWildcardWithCredentials() {
    Cors.Builder cors = anything(true).addExpose("*").addExpose("x-a");

    assertThat(answer(cors, "https://other.foo.com"))
        .containsEntry("access-control-allow-origin", "https://other.foo.com")
        .containsEntry("access-control-allow-credentials", "true")
        .containsEntry("access-control-expose-headers", "x-a");
  }

  @Test
  void repeatsNothingThatIsNoName() {
    assertThat(preflight(anything(false), "https://a.example", "PUT <b>", "x-a; \"b\""))
        .doesNotContainKeys("access-control-allow-methods", "access-control-allow-headers");
  }

  @Test
  void anAnswerForNoOriginVariesAllTheSame() {
    assertThat(answer(FULL, null)).isEqualTo(Map.of("vary", "origin"));
    assertThat(answer(ANY_ORIGIN, null)).isEmpty();
  }

  @Test
  void anOptionsRequestThatAsksForNothingGoesOn() {
    HttpRule.Builder rule = rule(FULL);

    assertThat(plan(rule, TestRequest.of("OPTIONS", "h", "/", "origin", "https://www.foo.com")))
        .isInstanceOf(Plan.Forward.class);
    assertThat(
            plan(rule, TestRequest.of("OPTIONS", "h", "/", "access-control-request-method", "GET")))
        .isInstanceOf(Plan.Forward.class);
  }

  @Test
  void standsBesideOtherFilters() {
    HttpRule.Builder rule =
        rule(ANY_ORIGIN)
            .addFilters(
                HttpFilter.newBuilder()
                    .setResponseHeaders(HeaderModifier.newBuilder().addSet(header("x-a", "1"))))
            .addFilters(
                HttpFilter.newBuilder().setRedirect(Redirect.newBuilder().setHostname("new")));
    Plan plan = plan(rule, TestRequest.get("h", "/", "origin", "https://a.example"));

    assertThat(plan)
        .isInstanceOfSatisfying(
            Plan.Answer.class,
            answer -> {
              assertThat(answer.location()).isEqualTo("http://new/");
              assertThat(fields(answer.response()))
                  .isEqualTo(Map.of("x-a", "1", "access-control-allow-origin", "*"));
            });
  }

  @ParameterizedTest
  @CsvSource({"ftp://a", "a.example", "https://", "https://a:0", "https://a:99999", "https://a:x"})
  void refusesWhatIsNoOrigin(String origin) {
    assertThatThrownBy(() -> answer(Cors.newBuilder().addOrigins(origin), null))
        .hasMessageContaining(origin);
  }

  // ---- fixtures

  private static HttpRule.Builder rule(Cors.Builder cors) {
    return HttpRule.newBuilder()
        .addFilters(HttpFilter.newBuilder().setCors(cors))
        .addBackends(backend("a", 1));
  }

  private static Map<String, String> preflight(
      Cors.Builder cors, String origin, String method, @Nullable String headers) {
    List<String> fields =
        new ArrayList<>(List.of("origin", origin, "access-control-request-method", method));
    if (headers != null) {
      fields.addAll(List.of("access-control-request-headers", headers));
    }
    Plan plan =
        plan(rule(cors), TestRequest.of("OPTIONS", "h", "/", fields.toArray(new String[0])));
    Plan.Answer answer = (Plan.Answer) plan;
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.location()).isNull();
    return fields(answer.response());
  }

  /** What becomes of a backend's fields. */
  private static Map<String, String> answer(
      Cors.Builder cors, @Nullable String origin, String... fromBackend) {
    TestRequest request =
        origin == null ? TestRequest.get("h", "/") : TestRequest.get("h", "/", "origin", origin);
    Plan.Forward plan = (Plan.Forward) plan(rule(cors), request);
    return fields(plan.response(), fromBackend);
  }

  private static Plan plan(HttpRule.Builder rule, TestRequest request) {
    Route route = Fixtures.table(http("s", "r", rule)).route(request);
    return ((Route.Matched) route).plan(request);
  }

  private static Map<String, String> fields(HeaderEdits edits, String... before) {
    Map<String, String> fields = new TreeMap<>();
    for (int i = 0; i < before.length; i += 2) {
      fields.put(before[i], before[i + 1]);
    }
    edits.apply(
        new HeaderSink() {
          @Override
          public boolean has(String name) {
            return fields.containsKey(name);
          }

          @Override
          public void set(String name, String value) {
            fields.put(name, value);
          }

          @Override
          public void add(String name, String value) {
            fields.merge(name, value, (old, more) -> old + "," + more);
          }

          @Override
          public void remove(String name) {
            fields.remove(name);
          }
        });
    return fields;
  }
}
