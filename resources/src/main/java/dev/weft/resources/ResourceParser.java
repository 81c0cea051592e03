package dev.weft.resources;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads Kubernetes YAML (or JSON, which is YAML): documents parted by "---" and Lists.
 *
 * <p>Strict: what is not understood is refused with file, line and field, never skipped. Input may
 * be hostile: size, depth and number of values are bounded, anchors are refused. Stateless; any
 * thread.
 */
public final class ResourceParser {
  private final boolean strict;

  private ResourceParser(boolean strict) {
    this.strict = strict;
  }

  /** For files that people write: an unknown field is a mistake. */
  public static ResourceParser strict() {
    return new ResourceParser(true);
  }

  /** For objects from an API server, which has checked them and may be newer than Weft. */
  public static ResourceParser lenient() {
    return new ResourceParser(false);
  }

  /**
   * What a text holds. One document's refusal does not keep the others from being read.
   *
   * @param objects in the text's order
   */
  public record Parsed(List<KubeObject> objects, List<Refusal> refusals) {
    public Parsed {
      objects = List.copyOf(objects);
      refusals = List.copyOf(refusals);
    }
  }

  /**
   * Reads a text in UTF-8.
   *
   * @param file what refusals call it
   */
  public Parsed parse(String file, byte[] content) {
    if (content.length > LocatedReader.MAX_CHARACTERS) {
      String reason = "is larger than " + (LocatedReader.MAX_CHARACTERS >> 20) + " MiB; split it";
      return new Parsed(List.of(), List.of(new Refusal(file, 0, "", reason)));
    }
    try {
      return parse(
          file, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      Refusal refusal = new Refusal(file, 0, "", "is not UTF-8 text");
      return new Parsed(List.of(), List.of(refusal));
    }
  }

  /**
   * Reads a text.
   *
   * @param file what refusals call it
   */
  public Parsed parse(String file, String text) {
    Reading reading = new Reading(file);
    try (LocatedReader reader = new LocatedReader(text)) {
      Located document;
      while ((document = reader.next()) != null) {
        reading.document(document);
      }
    } catch (LocatedReader.Malformed e) {
      reading.refusals.add(e.in(file));
    } catch (IOException e) {
      reading.refusals.add(new Refusal(file, 0, "", "cannot be read: " + e.getMessage()));
    }
    return new Parsed(reading.objects, reading.refusals);
  }

  /**
   * Takes an object that was parsed as JSON already.
   *
   * @param name what refusals call it
   * @param json maps, lists, texts, numbers, booleans and nulls
   */
  public Parsed parse(String name, Map<String, ?> json) {
    Reading reading = new Reading(name);
    try {
      reading.document(Located.of(json));
    } catch (IllegalArgumentException e) {
      reading.refuse(0, "", String.valueOf(e.getMessage()));
    }
    return new Parsed(reading.objects, reading.refusals);
  }

  /** One text on its way; confined to one call. */
  private final class Reading {
    private final String file;
    private final List<KubeObject> objects = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private final Set<ObjectRef> seen = new HashSet<>();

    private Reading(String file) {
      this.file = file;
    }

    void document(Located document) {
      if (document instanceof Located.Mapping mapping) {
        if ("List".equals(mapping.text("kind")) && "v1".equals(mapping.text("apiVersion"))) {
          list(mapping);
        } else {
          object(mapping);
        }
      } else if (!isEmpty(document)) {
        refuse(document.line(), "", "is not an object with apiVersion, kind and metadata");
      }
    }

    private boolean isEmpty(Located document) {
      return Located.isNull(document)
          || (document instanceof Located.Scalar scalar && scalar.value().asText().isBlank());
    }

    private void list(Located.Mapping list) {
      if (list.get("items") instanceof Located.Sequence items) {
        for (Located item : items.items()) {
          // A List inside a List is not an API object; reading it as one keeps this loop flat.
          if (item instanceof Located.Mapping mapping) {
            object(mapping);
          } else {
            refuse(item.line(), "items", "must be objects");
          }
        }
      } else {
        refuse(list.line(), "items", "is required");
      }
    }

    private void object(Located.Mapping mapping) {
      Kind kind = kind(mapping);
      if (kind == null) {
        return;
      }
      Binder binder = new Binder(file, strict);
      Object bound = binder.bindRecord(mapping, kind.type(), "");
      KubeObject object =
          bound instanceof KubeObject made ? placed(made, kind, mapping, binder) : null;
      refusals.addAll(binder.refusals());
      if (object != null && !seen.add(object.ref())) {
        refuse(
            Located.lineOf(mapping, "metadata.name"),
            "metadata.name",
            object.ref() + " is there already");
      } else if (object != null) {
        objects.add(object);
      }
    }

    private @Nullable Kind kind(Located.Mapping mapping) {
      String apiVersion = mapping.text("apiVersion");
      String name = mapping.text("kind");
      if (apiVersion == null || name == null) {
        refuse(mapping.line(), apiVersion == null ? "apiVersion" : "kind", "is required");
        return null;
      }
      Kind kind = Kind.named(name);
      if (kind == null) {
        refuse(
            Located.lineOf(mapping, "kind"),
            "kind",
            Scalars.quoted(name) + " is none that Weft reads; it reads " + Kind.names());
      } else if (!kind.apiVersions().contains(apiVersion)) {
        refuse(
            Located.lineOf(mapping, "apiVersion"),
            "apiVersion",
            Scalars.quoted(apiVersion)
                + " is not one of "
                + String.join(", ", kind.apiVersions())
                + " for "
                + name);
        return null;
      }
      return kind;
    }

    /** The object in its namespace, with its name checked. */
    private @Nullable KubeObject placed(
        KubeObject object, Kind kind, Located.Mapping mapping, Binder binder) {
      ObjectMeta meta = object.metadata();
      if (meta.name().length() > kind.maxNameLength()
          || !Scalars.matches(kind.namePattern(), meta.name())) {
        binder.refuse(
            Located.lineOf(mapping, "metadata.name"),
            "metadata.name",
            Scalars.quoted(meta.name())
                + " is no name for a "
                + kind.kind()
                + ": at most "
                + kind.maxNameLength()
                + " lower-case letters, digits and -");
        return null;
      }
      if (!kind.namespaced() && !meta.namespace().isEmpty()) {
        binder.refuse(
            Located.lineOf(mapping, "metadata.namespace"),
            "metadata.namespace",
            "must not be set: a " + kind.kind() + " lives in no namespace");
        return null;
      }
      return kind.namespaced() && meta.namespace().isEmpty()
          ? object.withMetadata(meta.withNamespace("default"))
          : object;
    }

    private void refuse(int line, String field, String reason) {
      refusals.add(new Refusal(file, line, field, reason));
    }
  }
}
