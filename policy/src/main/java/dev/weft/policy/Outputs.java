package dev.weft.policy;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.IdentityLabels;
import dev.weft.resources.Kind;
import dev.weft.resources.NetworkPolicy;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Output;
import dev.weft.resources.Pod;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What each object becomes: a NetworkPolicy the prefixes that it names, a Pod the rules of its
 * identity, an AuthorizationPolicy its rules and facts.
 */
record Outputs(Context context) implements Derivation.Each<Output<Resource>> {

  @Override
  public List<Kind> kinds() {
    return List.of(Kind.NETWORK_POLICY, Kind.POD, Kind.AUTHORIZATION_POLICY);
  }

  @Override
  public Derivation.Query<Output<Resource>> of(ObjectRef object) {
    return new Of(context, object);
  }

  /** What one object becomes. */
  record Of(Context context, ObjectRef object) implements Derivation.Query<Output<Resource>> {
    @Override
    public Output<Resource> compute(Derivation.Reader reader) {
      Output.Builder<Resource> output = new Output.Builder<>();
      switch (object.kind()) {
        case NETWORK_POLICY -> prefixes(reader, output);
        case POD -> networkRules(reader, output);
        default -> authorization(reader, output);
      }
      return output.build();
    }

    private void prefixes(Derivation.Reader reader, Output.Builder<Resource> output) {
      NetworkPolicy policy = reader.object(NetworkPolicy.class, object.namespace(), object.name());
      if (policy == null) {
        return;
      }
      List<Cidr> named = Prefixes.namedBy(policy).toList();
      if (!named.isEmpty()) {
        SortedMap<Cidr, Integer> numbers = reader.get(new Prefixes.All()).numbers();
        for (Cidr prefix : named) {
          Integer number = numbers.get(prefix);
          if (number != null) {
            add(output, reader.get(new PrefixResource(prefix, number)));
          }
        }
      }
    }

    private void networkRules(Derivation.Reader reader, Output.Builder<Resource> output) {
      Pod pod = reader.object(Pod.class, object.namespace(), object.name());
      if (pod != null && pod.networked()) {
        IdentityLabels labels = IdentityLabels.of(pod, reader);
        Identities.Member member = reader.get(new Identities.Of(context, labels)).member();
        if (member != null) {
          add(output, reader.get(new NetworkRulesTranslation.Of(context, member)).resource());
        }
      }
    }

    private void authorization(Derivation.Reader reader, Output.Builder<Resource> output) {
      AuthorizationTranslation made =
          reader.get(new AuthorizationTranslation.Of(context, object.namespace(), object.name()));
      add(output, made.resource());
      output.facts(object, made.facts());
    }

    private static void add(Output.Builder<Resource> output, @Nullable Resource resource) {
      if (resource != null) {
        output.resource(resource.getName(), resource);
      }
    }
  }

  /** One prefix's resource, kept as long as its number stays. */
  private record PrefixResource(Cidr prefix, int number) implements Derivation.Query<Resource> {
    @Override
    public Resource compute(Derivation.Reader reader) {
      return Prefixes.resource(prefix, number);
    }
  }
}
