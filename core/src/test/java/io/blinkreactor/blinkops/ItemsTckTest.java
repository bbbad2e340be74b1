package io.blinkreactor.blinkops;

import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.DataProvider;
import org.testng.annotations.Factory;
import reactor.core.publisher.Flux;

/** The Reactive Streams TCK through the whole stack: rows of an emulator, over its socket. */
public class ItemsTckTest extends PublisherVerification<Execution> {

  private static final int MOST = 300;

  private final int lookAhead;
  private final Set<String> filled = new HashSet<>();

  @SuppressWarnings("NullAway.Init")
  private BlinkOpsEmulator emulator;

  @SuppressWarnings("NullAway.Init")
  private BlinkOpsClient client;

  /** Made by TestNG, once for each row of {@link #kinds()}. */
  @Factory(dataProvider = "kinds")
  public ItemsTckTest(int lookAhead) {
    super(new TestEnvironment(10_000, 60, 60));
    this.lookAhead = lookAhead;
  }

  @DataProvider
  public static Object[][] kinds() {
    return new Object[][] {{0}, {2}};
  }

  @BeforeClass
  public void start() {
    emulator = BlinkOpsEmulator.builder().start();
    client =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .http(
                HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(10)).build())
            .build();
  }

  @AfterClass
  public void stop() {
    client.closeLater().block(Duration.ofSeconds(10));
    emulator.close();
  }

  @Override
  public Publisher<Execution> createPublisher(long elements) {
    long rows = Math.min(elements, MOST);
    String playbook = "has-" + rows;
    if (filled.add(playbook)) {
      for (int i = 0; i < rows; i++) {
        emulator.addExecution(
            Map.of("playbook_id", playbook, "created_at", 1_700_000_000_000L + i / 3));
      }
    }
    return client
        .executions()
        .find(Rql.where("playbook_id").eq(playbook))
        .pageSize(4)
        .lookAhead(lookAhead)
        .items();
  }

  /** Wrong arguments fail at once; everything else can only fail once it is asked for. */
  @Override
  public Publisher<Execution> createFailedPublisher() {
    return Flux.defer(() -> client.executions().find(Rql.all().limit(1)).items());
  }

  @Override
  public long maxElementsFromPublisher() {
    return MOST;
  }
}
