package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A GRPCRoute. */
public record GrpcRoute(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements Route {
  private static final Set<RouteFilter.Type> FILTERS =
      EnumSet.of(
          RouteFilter.Type.REQUEST_HEADER_MODIFIER,
          RouteFilter.Type.RESPONSE_HEADER_MODIFIER,
          RouteFilter.Type.REQUEST_MIRROR,
          RouteFilter.Type.EXTENSION_REF);

  public record Spec(
      @Size(max = 32) List<ParentRef> parentRefs,
      @Size(max = 16) @Text(min = 1, max = 253, pattern = Schema.HOSTNAME) List<String> hostnames,
      @Size(max = 16) List<Rule> rules,
      @Default("") @OneOf({"", "All", "None"}) String useDefaultGateways)
      implements Route.Wanted, Checked {

    @Override
    public List<Problem> problems() {
      return HttpRoute.RouteNames.problems(rules, Rule::name);
    }
  }

  public record Rule(
      @Default("") @Text(max = 253, pattern = "|" + Schema.DNS_SUBDOMAIN) String name,
      @Size(max = 64) List<Match> matches,
      @Size(max = 16) List<RouteFilter> filters,
      @Size(max = 16) List<BackendRef> backendRefs,
      @Nullable SessionPersistence sessionPersistence)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>(check(filters, "filters"));
      for (int i = 0; i < backendRefs.size(); i++) {
        found.addAll(check(backendRefs.get(i).filters(), "backendRefs[" + i + "].filters"));
      }
      return found;
    }

    private static List<Problem> check(List<RouteFilter> filters, String field) {
      List<Problem> found = new ArrayList<>(RouteFilter.problemsOf(filters, field));
      for (int i = 0; i < filters.size(); i++) {
        if (!FILTERS.contains(filters.get(i).type())) {
          found.add(new Problem(field + "[" + i + "].type", "is not one that a GRPCRoute takes"));
        }
      }
      return found;
    }
  }

  /**
   * What a request must have.
   *
   * @param method null: every method
   */
  public record Match(
      @Nullable MethodMatch method, @Size(max = 16) List<HttpRoute.ValueMatch> headers) {}

  /** Null: any; one of the two is set. */
  public record MethodMatch(
      @Default("Exact") @OneOf({"Exact", "RegularExpression"}) String type,
      @Nullable @Text(min = 1, max = 1024) String service,
      @Nullable @Text(min = 1, max = 1024) String method)
      implements Checked {
    private static final Pattern SERVICE =
        Pattern.compile("(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*");
    private static final Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");

    @Override
    public List<Problem> problems() {
      if (service == null && method == null) {
        return List.of(new Problem("", "must have a service or a method"));
      }
      if (!type.equals("Exact")) {
        return List.of();
      }
      List<Problem> found = new ArrayList<>();
      if (service != null && !SERVICE.matcher(service).matches()) {
        found.add(new Problem("service", "must be a name such as package.Service"));
      }
      if (method != null && !METHOD.matcher(method).matches()) {
        found.add(new Problem("method", "must be a method's name"));
      }
      return found;
    }
  }

  @Override
  public GrpcRoute withMetadata(ObjectMeta value) {
    return new GrpcRoute(value, spec, carried);
  }
}
