package dev.weft.resources;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads one YAML text document by document.
 *
 * <p>Anchors and aliases are refused: they let a few bytes stand for gigabytes, and no manifest
 * needs them. Depth, size and number of values are bounded.
 */
final class LocatedReader implements AutoCloseable {
  static final int MAX_CHARACTERS = 16 << 20;
  static final int MAX_DEPTH = 64;
  static final int MAX_VALUES = 1_000_000;

  private static final YAMLFactory YAML = factory();

  private final YAMLParser parser;
  private int values;

  LocatedReader(String text) throws IOException {
    this.parser = YAML.createParser(new StringReader(text));
  }

  private static YAMLFactory factory() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_CHARACTERS);
    options.setNestingDepthLimit(MAX_DEPTH);
    return YAMLFactory.builder()
        .loaderOptions(options)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxStringLength(MAX_CHARACTERS)
                .maxNestingDepth(MAX_DEPTH)
                .maxNumberLength(100)
                .build())
        .build();
  }

  /**
   * The next document, null after the last one.
   *
   * @throws Malformed when the rest of the text cannot be read
   */
  @Nullable Located next() throws Malformed {
    try {
      JsonToken token = parser.nextToken();
      return token == null ? null : value(token, 0, "");
    } catch (JsonProcessingException e) {
      JsonLocation location = e.getLocation();
      throw new Malformed(location == null ? 0 : location.getLineNr(), "", problem(e));
    } catch (IOException e) {
      throw new Malformed(0, "", "cannot be read as YAML: " + e.getMessage());
    }
  }

  private static String problem(JsonProcessingException e) {
    if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblem() != null) {
      return "is not YAML: " + marked.getProblem().strip();
    }
    String message = e.getOriginalMessage();
    return "is not YAML: " + message.lines().map(String::strip).findFirst().orElse("");
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }

  private Located value(JsonToken token, int depth, String path) throws IOException, Malformed {
    if (++values > MAX_VALUES) {
      throw new Malformed(line(), path, "has more than " + MAX_VALUES + " values; split the file");
    }
    if (depth > MAX_DEPTH) {
      throw new Malformed(line(), path, "is nested deeper than " + MAX_DEPTH);
    }
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      throw new Malformed(
          line(), path, "uses a YAML anchor or alias, which are not taken; write the value out");
    }
    int line = line();
    return switch (token) {
      case START_OBJECT -> mapping(line, depth, path);
      case START_ARRAY -> sequence(line, depth, path);
      case VALUE_NULL -> new Located.Scalar(line, JsonNodeFactory.instance.nullNode());
      case VALUE_TRUE, VALUE_FALSE ->
          new Located.Scalar(line, JsonNodeFactory.instance.booleanNode(parser.getBooleanValue()));
      case VALUE_NUMBER_INT -> new Located.Scalar(line, integer(path));
      case VALUE_NUMBER_FLOAT ->
          new Located.Scalar(line, JsonNodeFactory.instance.numberNode(parser.getDoubleValue()));
      case VALUE_STRING ->
          new Located.Scalar(line, JsonNodeFactory.instance.textNode(parser.getText()));
      default -> throw new Malformed(line, path, "holds " + token + ", which no manifest has");
    };
  }

  private JsonNode integer(String path) throws IOException, Malformed {
    try {
      return JsonNodeFactory.instance.numberNode(parser.getLongValue());
    } catch (JsonProcessingException e) {
      throw new Malformed(line(), path, "is a number beyond 64 bits");
    }
  }

  private Located mapping(int line, int depth, String path) throws IOException, Malformed {
    Map<String, Located.Field> fields = new LinkedHashMap<>();
    JsonToken token;
    while ((token = parser.nextToken()) == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      int nameLine = line();
      String fieldPath = path.isEmpty() ? name : path + "." + name;
      Located.Field field =
          new Located.Field(nameLine, value(parser.nextToken(), depth + 1, fieldPath));
      if (fields.put(name, field) != null) {
        throw new Malformed(nameLine, fieldPath, "is given twice");
      }
    }
    return new Located.Mapping(line, fields);
  }

  private Located sequence(int line, int depth, String path) throws IOException, Malformed {
    List<Located> items = new ArrayList<>();
    JsonToken token;
    while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
      items.add(value(token, depth + 1, path + "[" + items.size() + "]"));
    }
    return new Located.Sequence(line, items);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  /** The text ends being YAML at this place. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
    private final int line;
    private final String field;

    Malformed(int line, String field, String reason) {
      super(reason);
      this.line = line;
      this.field = field;
    }

    Refusal in(String file) {
      String reason = getMessage();
      return new Refusal(file, line, field, reason == null ? "is not YAML" : reason);
    }
  }
}
