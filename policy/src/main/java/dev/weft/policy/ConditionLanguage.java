package dev.weft.policy;

import com.google.protobuf.ByteString;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelProtoAbstractSyntaxTree;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.weft.routing.RegexSize;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a policy's {@code when} may say: CEL over these variables. Whoever evaluates an expression
 * resolves them by these names. Stateless; any thread.
 *
 * <p>Of the macros only {@code has} is known: the others loop, and a request must not wait for a
 * loop. {@code matches} takes RE2 expressions, which need linear time, as literals.
 */
public final class ConditionLanguage {
  /** Name of every variable, with its type. A value that is not known is the empty string. */
  public static final Map<String, CelType> VARIABLES = variables();

  private static final int MAX_LENGTH = 4096;
  private static final CelCompiler COMPILER = compiler();

  private ConditionLanguage() {}

  private static Map<String, CelType> variables() {
    Map<String, CelType> variables = new TreeMap<>();
    variables.put("request.method", SimpleType.STRING);
    // Without query.
    variables.put("request.path", SimpleType.STRING);
    variables.put("request.host", SimpleType.STRING);
    // By lower-case name; to be asked with "in" and [], not listed.
    variables.put("request.headers", MapType.create(SimpleType.STRING, SimpleType.STRING));
    // SPIFFE id without "spiffe://".
    variables.put("source.principal", SimpleType.STRING);
    variables.put("source.namespace", SimpleType.STRING);
    // "namespace/name".
    variables.put("source.serviceAccount", SimpleType.STRING);
    variables.put("source.ip", SimpleType.STRING);
    variables.put("destination.port", SimpleType.INT);
    variables.put("connection.sni", SimpleType.STRING);
    return Collections.unmodifiableMap(variables);
  }

  private static CelCompiler compiler() {
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setStandardMacros(CelStandardMacro.HAS)
            .setOptions(
                CelOptions.current()
                    .maxExpressionCodePointSize(MAX_LENGTH)
                    .maxParseRecursionDepth(32)
                    .build())
            .setResultType(SimpleType.BOOL);
    VARIABLES.forEach(builder::addVar);
    return builder.build();
  }

  /** An expression does not say anything that can be evaluated; the message says where and why. */
  static final class Invalid extends Exception {
    private static final long serialVersionUID = 1L;

    Invalid(String message) {
      super(message);
    }
  }

  /**
   * Compiles an expression.
   *
   * @return a serialised {@code cel.expr.CheckedExpr}
   */
  static ByteString compile(String expression) throws Invalid {
    try {
      CelAbstractSyntaxTree tree = COMPILER.compile(expression).getAst();
      checkPatterns(tree);
      return CelProtoAbstractSyntaxTree.fromCelAst(tree).toCheckedExpr().toByteString();
    } catch (CelValidationException e) {
      throw new Invalid(
          e.getErrors().stream().findFirst().map(ConditionLanguage::describe).orElse("is no CEL"));
    }
  }

  /** Patterns are compiled where they are met, so nodes take only literals of bounded size. */
  private static void checkPatterns(CelAbstractSyntaxTree tree) throws Invalid {
    for (CelExpr call :
        CelNavigableAst.fromAst(tree)
            .getRoot()
            .allNodes()
            .map(CelNavigableExpr::expr)
            .filter(expr -> expr.getKind() == Kind.CALL)
            .filter(expr -> expr.call().function().equals("matches"))
            .toList()) {
      CelExpr pattern = call.call().args().getLast();
      if (pattern.getKind() != Kind.CONSTANT
          || pattern.constant().getKind() != CelConstant.Kind.STRING_VALUE) {
        throw new Invalid("matches() takes a string literal as its pattern");
      }
      checkPattern(pattern.constant().stringValue());
    }
  }

  private static void checkPattern(String pattern) throws Invalid {
    String problem = RegexSize.problem(pattern);
    if (problem != null) {
      throw new Invalid(problem);
    }
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new Invalid("a pattern of matches() is not RE2: " + e.getMessage());
    }
  }

  private static String describe(CelIssue issue) {
    CelSourceLocation place = issue.getSourceLocation();
    String message = issue.getMessage();
    String hint =
        message.startsWith("undeclared reference")
            ? "; there are " + String.join(", ", VARIABLES.keySet())
            : "";
    return "line %d, column %d: %s%s"
        .formatted(place.getLine(), place.getColumn() + 1, message, hint);
  }
}
