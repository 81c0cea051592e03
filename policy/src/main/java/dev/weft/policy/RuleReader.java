package dev.weft.policy;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.resources.AuthorizationPolicy;
import dev.weft.resources.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Reads a policy's rules into their canonical form and notes what makes no sense. Confined to one
 * computation.
 */
final class RuleReader {
  private static final String SPIFFE = "spiffe://";

  private final String namespace;
  private final List<String> problems = new ArrayList<>();

  RuleReader(String namespace) {
    this.namespace = namespace;
  }

  /** What makes no sense, each with its place. */
  List<String> problems() {
    return problems;
  }

  List<AuthorizationRules.Rule> read(List<AuthorizationPolicy.Rule> rules) {
    List<AuthorizationRules.Rule> read = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      String place = "spec.rules[" + i + "]";
      AuthorizationPolicy.Rule rule = rules.get(i);
      AuthorizationRules.Rule.Builder made = AuthorizationRules.Rule.newBuilder();
      for (int j = 0; j < rule.from().size(); j++) {
        made.addFrom(source(rule.from().get(j).source(), place + ".from[" + j + "].source"));
      }
      for (int j = 0; j < rule.to().size(); j++) {
        made.addTo(operation(rule.to().get(j).operation(), place + ".to[" + j + "].operation"));
      }
      for (int j = 0; j < rule.when().size(); j++) {
        try {
          made.addWhen(ConditionLanguage.compile(rule.when().get(j)));
        } catch (ConditionLanguage.Invalid e) {
          problems.add(place + ".when[" + j + "] " + e.getMessage());
        }
      }
      read.add(made.build());
    }
    return read;
  }

  private AuthorizationRules.Source source(AuthorizationPolicy.Source source, String place) {
    UnaryOperator<String> principal =
        value -> value.startsWith(SPIFFE) ? value.substring(SPIFFE.length()) : value;
    UnaryOperator<String> account =
        value -> value.contains("/") || value.contains("*") ? value : namespace + "/" + value;
    AuthorizationRules.Source made =
        AuthorizationRules.Source.newBuilder()
            .addAllPrincipals(forms(source.principals(), principal, place + ".principals"))
            .addAllNotPrincipals(forms(source.notPrincipals(), principal, place + ".notPrincipals"))
            .addAllNamespaces(forms(source.namespaces(), same(), place + ".namespaces"))
            .addAllNotNamespaces(forms(source.notNamespaces(), same(), place + ".notNamespaces"))
            .addAllServiceAccounts(
                forms(source.serviceAccounts(), account, place + ".serviceAccounts"))
            .addAllNotServiceAccounts(
                forms(source.notServiceAccounts(), account, place + ".notServiceAccounts"))
            .addAllIpBlocks(blocks(source.ipBlocks(), place + ".ipBlocks"))
            .addAllNotIpBlocks(blocks(source.notIpBlocks(), place + ".notIpBlocks"))
            .build();
    if (made.equals(AuthorizationRules.Source.getDefaultInstance())) {
      problems.add(place + " has no fields; leave from out to mean everyone");
    }
    return made;
  }

  private AuthorizationRules.Operation operation(
      AuthorizationPolicy.Operation operation, String place) {
    UnaryOperator<String> host = value -> value.toLowerCase(Locale.ROOT);
    AuthorizationRules.Operation made =
        AuthorizationRules.Operation.newBuilder()
            .addAllHosts(forms(operation.hosts(), host, place + ".hosts"))
            .addAllNotHosts(forms(operation.notHosts(), host, place + ".notHosts"))
            .addAllPorts(ports(operation.ports(), place + ".ports"))
            .addAllNotPorts(ports(operation.notPorts(), place + ".notPorts"))
            .addAllMethods(forms(operation.methods(), same(), place + ".methods"))
            .addAllNotMethods(forms(operation.notMethods(), same(), place + ".notMethods"))
            .addAllPaths(forms(operation.paths(), same(), place + ".paths"))
            .addAllNotPaths(forms(operation.notPaths(), same(), place + ".notPaths"))
            .build();
    if (made.equals(AuthorizationRules.Operation.getDefaultInstance())) {
      problems.add(place + " has no fields; leave to out to mean everything");
    }
    return made;
  }

  private static UnaryOperator<String> same() {
    return UnaryOperator.identity();
  }

  /** Exact, "prefix*", "*suffix" or "*": a star elsewhere would be taken by its letter. */
  private List<String> forms(List<String> values, UnaryOperator<String> canonical, String place) {
    List<String> read = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String value = canonical.apply(values.get(i));
      int stars = (int) value.chars().filter(c -> c == '*').count();
      boolean atAnEnd = value.startsWith("*") || value.endsWith("*");
      if (stars > 1 || (stars == 1 && !atAnEnd)) {
        problems.add(place + "[" + i + "] may have one * only, at its beginning or its end");
      }
      if (value.isEmpty()) {
        problems.add(place + "[" + i + "] is empty");
      }
      read.add(value);
    }
    return read;
  }

  private List<String> blocks(List<String> values, String place) {
    List<String> read = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      Cidr cidr = value.contains("/") ? Cidr.parse(value) : Cidr.ofAddress(value);
      if (cidr == null) {
        problems.add(place + "[" + i + "] is no address and no prefix such as 10.0.0.0/8");
      } else {
        read.add(cidr.toString());
      }
    }
    return read;
  }

  private List<String> ports(List<String> values, String place) {
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      if (!value.matches("[1-9][0-9]{0,4}") || Integer.parseInt(value) > 65535) {
        problems.add(place + "[" + i + "] is no port; write a number from 1 to 65535");
      }
    }
    return values;
  }
}
