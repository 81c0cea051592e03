package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PersistentMapTest {

  @Test
  void behavesLikeAHashMapAndLeavesEarlierVersionsAlone() {
    Random random = new Random(7);
    PersistentMap<Integer, String> map = PersistentMap.empty();
    Map<Integer, String> model = new HashMap<>();
    for (int round = 0; round < 200; round++) {
      PersistentMap<Integer, String> before = map;
      Map<Integer, String> modelBefore = new HashMap<>(model);
      PersistentMap.Edit<Integer, String> edit = map.edit();
      for (int i = 0; i < 30; i++) {
        int key = random.nextInt(3000);
        if (random.nextInt(3) == 0) {
          edit.remove(key);
          model.remove(key);
        } else {
          String value = "v" + random.nextInt(10);
          edit.put(key, value);
          model.put(key, value);
        }
        assertThat(edit.get(key)).isEqualTo(model.get(key));
      }
      map = edit.done();
      assertThat(toMap(map)).isEqualTo(model);
      assertThat(map.size()).isEqualTo(model.size());
      assertThat(toMap(before)).isEqualTo(modelBefore);
      assertThat(before.size()).isEqualTo(modelBefore.size());
    }
  }

  @Test
  void findsDifferences() {
    PersistentMap.Edit<String, String> edit = PersistentMap.<String, String>empty().edit();
    for (int i = 0; i < 500; i++) {
      edit.put("k" + i, "v" + i);
    }
    PersistentMap<String, String> before = edit.done();
    PersistentMap.Edit<String, String> next = before.edit();
    next.put("k1", "other");
    next.put("new", "n");
    next.remove("k2");
    next.put("k3", before.get("k3") + "");
    Map<String, String> found = new HashMap<>();
    PersistentMap.differences(
        before, next.done(), (key, was, is) -> found.put(key, was + ">" + is));

    assertThat(found)
        .containsEntry("k1", "v1>other")
        .containsEntry("new", "null>n")
        .containsEntry("k2", "v2>null")
        .containsKey("k3")
        .hasSize(4);
  }

  @Test
  void keepsTheInstanceWhenNothingChanges() {
    PersistentMap.Edit<String, String> edit = PersistentMap.<String, String>empty().edit();
    edit.put("a", "1");
    PersistentMap<String, String> map = edit.done();
    PersistentMap.Edit<String, String> again = map.edit();
    again.put("a", "1");
    again.remove("absent");

    assertThat(again.done()).isSameAs(map);
  }

  private static <K, V> Map<K, V> toMap(PersistentMap<K, V> map) {
    Map<K, V> out = new HashMap<>();
    map.forEach(out::put);
    return out;
  }
}
