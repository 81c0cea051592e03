package dev.weft.routing;

import com.google.protobuf.ByteString;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelProtoAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.expr.CheckedExpr;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.AbstractMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A CEL expression of a policy, ready to run. Immutable; any thread.
 *
 * <p>Variables: {@code request.method}, {@code request.path}, {@code request.host}, {@code
 * request.headers} (a map by lower-case name; ask with {@code in} and {@code []}), {@code
 * source.principal}, {@code source.namespace}, {@code source.serviceAccount}, {@code source.ip},
 * {@code destination.port}, {@code connection.sni}. What is not known is the empty string.
 */
final class Condition {
  // Not the planner: it copies a map before it asks for one key, which here would be all headers.
  private static final CelRuntime RUNTIME = CelRuntimeFactory.legacyCelRuntimeBuilder().build();

  private final CelRuntime.Program program;
  private final boolean needsHttp;

  private Condition(CelRuntime.Program program, boolean needsHttp) {
    this.program = program;
    this.needsHttp = needsHttp;
  }

  /** What came of an evaluation. */
  enum Outcome {
    YES,
    NO,
    ERROR
  }

  /**
   * @param checkedExpr a serialised {@code cel.expr.CheckedExpr}
   */
  static Condition of(ByteString checkedExpr) {
    try {
      CheckedExpr expr =
          CheckedExpr.parseFrom(checkedExpr, ExtensionRegistryLite.getEmptyRegistry());
      CelAbstractSyntaxTree tree = CelProtoAbstractSyntaxTree.fromCheckedExpr(expr).getAst();
      boolean http =
          tree.getReferenceMap().values().stream()
              .map(reference -> reference.name())
              .anyMatch(name -> name.equals("request") || name.startsWith("request."));
      checkPatterns(tree);
      return new Condition(RUNTIME.createProgram(tree), http);
    } catch (InvalidProtocolBufferException | CelEvaluationException | RuntimeException e) {
      throw new IllegalArgumentException(
          "a condition is no runnable CEL expression: " + e.getMessage(), e);
    }
  }

  /** A pattern is compiled when it is met: only literals of bounded size may be one. */
  private static void checkPatterns(CelAbstractSyntaxTree tree) {
    CelNavigableAst.fromAst(tree)
        .getRoot()
        .allNodes()
        .filter(
            node -> node.getKind() == Kind.CALL && node.expr().call().function().equals("matches"))
        .forEach(node -> checkPattern(node.expr().call().args().getLast()));
  }

  private static void checkPattern(CelExpr pattern) {
    if (pattern.getKind() != Kind.CONSTANT
        || pattern.constant().getKind() != CelConstant.Kind.STRING_VALUE) {
      throw new IllegalArgumentException("matches() takes a string literal as its pattern");
    }
    RegexSize.check(pattern.constant().stringValue());
  }

  /** Whether the expression reads the request. */
  boolean needsHttp() {
    return needsHttp;
  }

  Outcome evaluate(AuthorizationFacts facts) {
    try {
      Object value = program.eval(name -> Optional.ofNullable(variable(name, facts)));
      return value instanceof Boolean yes ? yes ? Outcome.YES : Outcome.NO : Outcome.ERROR;
    } catch (CelEvaluationException | RuntimeException e) {
      return Outcome.ERROR; // a missing header, a division by zero: the caller fails closed
    }
  }

  private static @Nullable Object variable(String name, AuthorizationFacts facts) {
    RequestFacts request = facts.request();
    return switch (name) {
      case "source.principal" -> orEmpty(facts.principal());
      case "source.namespace" -> orEmpty(facts.namespace());
      case "source.serviceAccount" -> orEmpty(facts.serviceAccount());
      case "source.ip" -> Ipv4.text(facts.sourceAddress());
      case "destination.port" -> (long) facts.destinationPort();
      case "connection.sni" -> orEmpty(facts.sni());
      case "request.method" -> request == null ? null : request.method();
      case "request.path" ->
          request == null ? null : request.pathAndQuery().substring(0, request.pathLength());
      case "request.host" -> request == null ? null : request.host();
      case "request.headers" -> request == null ? null : new Headers(request);
      default -> null;
    };
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** A request's headers as a map that is asked, never walked through. */
  private static final class Headers extends AbstractMap<String, String> {
    private final RequestFacts request;

    Headers(RequestFacts request) {
      this.request = request;
    }

    @Override
    public @Nullable String get(Object name) {
      CharSequence value = name instanceof String text ? request.header(text) : null;
      return value == null ? null : value.toString();
    }

    @Override
    public boolean containsKey(Object name) {
      return get(name) != null;
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
      throw new UnsupportedOperationException(
          "request.headers can be asked for a name, not listed");
    }
  }
}
