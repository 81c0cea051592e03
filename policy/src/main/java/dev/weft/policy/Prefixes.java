package dev.weft.policy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.CidrIdentity;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.NetworkPolicy;
import java.util.Collections;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The IPv4 prefixes that NetworkPolicies name, each with a number. An address has the number of the
 * longest prefix that holds it, so a block without its exceptions is the set of the prefixes inside
 * the block but outside the exceptions.
 */
record Prefixes(SortedMap<Cidr, Integer> numbers) {
  /** Set in every prefix's number: such numbers never travel between nodes. */
  static final int BIT = 1 << 24;

  /** Looks at all policies. */
  record All() implements Derivation.Query<Prefixes> {
    @Override
    public Prefixes compute(Derivation.Reader reader) {
      Set<Cidr> prefixes = new TreeSet<>();
      for (NetworkPolicy policy : reader.all(NetworkPolicy.class)) {
        namedBy(policy).forEach(prefixes::add);
      }
      return new Prefixes(number(prefixes));
    }
  }

  /** The prefixes that one policy names. */
  static Stream<Cidr> namedBy(NetworkPolicy policy) {
    return peers(policy)
        .flatMap(peer -> Stream.ofNullable(peer.ipBlock()))
        .flatMap(block -> Stream.concat(Stream.of(block.cidr()), block.except().stream()))
        .map(Cidr::parse)
        .filter(Objects::nonNull)
        .filter(Cidr::isIpv4);
  }

  private static Stream<NetworkPolicy.Peer> peers(NetworkPolicy policy) {
    return Stream.concat(
        policy.spec().ingress().stream().flatMap(rule -> rule.from().stream()),
        policy.spec().egress().stream().flatMap(rule -> rule.to().stream()));
  }

  /** Numbers come from the prefixes themselves, so that a new one seldom moves the others. */
  private static SortedMap<Cidr, Integer> number(Set<Cidr> prefixes) {
    SortedMap<Cidr, Integer> numbers = new TreeMap<>();
    Set<Integer> taken = new HashSet<>();
    for (Cidr prefix : prefixes) {
      int mixed = prefix.hashCode() * 0x9E3779B9;
      int number = mixed >>> 8;
      while (!taken.add(number)) {
        number = (number + 1) % BIT;
      }
      numbers.put(prefix, BIT | number);
    }
    return Collections.unmodifiableSortedMap(numbers);
  }

  /** Numbers of the addresses in a block without its exceptions. */
  Set<Integer> inside(NetworkPolicy.IpBlock block) {
    Cidr whole = Cidr.parse(block.cidr());
    Set<Integer> found = new TreeSet<>();
    numbers.forEach(
        (prefix, number) -> {
          if (whole != null && whole.contains(prefix) && !excepted(block, prefix)) {
            found.add(number);
          }
        });
    return found;
  }

  static boolean excepted(NetworkPolicy.IpBlock block, Cidr prefix) {
    return block.except().stream()
        .map(Cidr::parse)
        .anyMatch(hole -> hole != null && hole.contains(prefix));
  }

  static Resource resource(Cidr prefix, int number) {
    CidrIdentity made =
        CidrIdentity.newBuilder()
            .setNetwork(ByteString.copyFrom(prefix.network()))
            .setPrefixLength(prefix.length())
            .setNumber(number)
            .build();
    return Resource.newBuilder().setName("cidr/" + prefix).setCidr(made).build();
  }
}
