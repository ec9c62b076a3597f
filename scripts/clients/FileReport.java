import java.math.BigDecimal;
import java.net.http.HttpClient;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ReportsApi;
import org.openapitools.client.model.CaseDetail;
import org.openapitools.client.model.FiledReport;
import org.openapitools.client.model.ReportBody;

/** Files a report and reads it again, by the client that openapi-generator made: java FileReport URL KEY. */
public class FileReport {
    public static void main(String[] arguments) throws ApiException {
        ApiClient client = new ApiClient();
        // By itself it asks to go on in HTTP/2 in the clear, and what comes with such a question is not read here.
        client.setHttpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
        client.updateBaseUri(arguments[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + arguments[1]));
        ReportsApi reports = new ReportsApi(client);
        FiledReport filed = reports.createReport("xinhua", body(116.8712, 38.3164).description("Java"), "java");
        CaseDetail read = reports.getReport(filed.getNumber(), "xinhua", null);
        String refused = null;
        try {
            reports.createReport("xinhua", body(0, 0), null);
        } catch (ApiException error) {
            refused = error.getResponseBody().replaceAll(".*\"type\":\"([^\"]*)\".*", "$1");
        }
        System.out.println(read.getNumber() + " " + read.getCell().getCode() + " " + refused);
    }

    private static ReportBody body(double lon, double lat) {
        return new ReportBody().lon(BigDecimal.valueOf(lon)).lat(BigDecimal.valueOf(lat)).category("lamp");
    }
}
