package dev.weft.policy;

import dev.weft.api.v1.Resource;
import dev.weft.resources.AuthorizationPolicy;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes prefixes, network rules and authorization rules out of a snapshot, and the statuses of
 * AuthorizationPolicies. (A NetworkPolicy has no status in Kubernetes.)
 *
 * <p>Pure but for the allocator, which answers the same question always the same. Call it from one
 * thread.
 */
public final class Translator {
  private final Context context;

  public Translator(IdentityAllocator identities) {
    this.context = new Context(identities);
  }

  /**
   * Translates a snapshot.
   *
   * @param previous what this translator made of an earlier snapshot: only what changed since is
   *     translated again; null to start afresh. The result is the same either way
   */
  public Translation<Resource> translate(
      Snapshot snapshot, @Nullable Translation<Resource> previous) {
    Derivation derivation =
        Derivation.of(snapshot, previous instanceof Translated last ? last.derivation : null);
    Translated translated = new Translated(derivation);
    translated.fill(snapshot, context);
    derivation.complete();
    return translated;
  }

  /** One prefix's resource, kept as long as its number stays. */
  private record PrefixResource(Map.Entry<Cidr, Integer> entry)
      implements Derivation.Query<Resource> {
    @Override
    public Resource compute(Derivation.Reader reader) {
      return Prefixes.resource(entry);
    }
  }

  /** The result; filled by one call of translate and only read afterwards. */
  static final class Translated implements Translation<Resource> {
    private final Derivation derivation;
    private final Map<String, Resource> resources = new LinkedHashMap<>();
    private final Map<ObjectRef, AuthorizationTranslation.Facts> facts = new LinkedHashMap<>();

    private Translated(Derivation derivation) {
      this.derivation = derivation;
    }

    private void fill(Snapshot snapshot, Context context) {
      for (Map.Entry<Cidr, Integer> entry :
          derivation.get(new Prefixes.All()).numbers().entrySet()) {
        add(derivation.get(new PrefixResource(Map.entry(entry.getKey(), entry.getValue()))));
      }
      for (Identities.Member member : derivation.get(new Identities.All(context)).members()) {
        add(derivation.get(new NetworkRulesTranslation.Of(context, member)).resource());
      }
      snapshot
          .all(AuthorizationPolicy.class)
          .forEach(
              policy -> {
                AuthorizationTranslation made =
                    derivation.get(
                        new AuthorizationTranslation.Of(
                            context, policy.metadata().namespace(), policy.metadata().name()));
                add(made.resource());
                facts.put(policy.ref(), made.facts());
              });
    }

    private void add(@Nullable Resource resource) {
      if (resource != null) {
        resources.put(resource.getName(), resource);
      }
    }

    @Override
    public Map<String, Resource> resources() {
      return Collections.unmodifiableMap(resources);
    }

    @Override
    public Map<ObjectRef, ObjectStatus> statuses(Programmed programmed) {
      Map<ObjectRef, ObjectStatus> statuses = new LinkedHashMap<>();
      facts.forEach((ref, fact) -> statuses.put(ref, fact.render(programmed)));
      return statuses;
    }

    /** How many answers the translation had to compute. */
    int computed() {
      return derivation.computed();
    }
  }
}
