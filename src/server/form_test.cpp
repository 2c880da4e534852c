#include "server/form.hpp"

#include <gtest/gtest.h>

namespace oidor::server {
namespace {

net::Request request(std::string_view type, std::string body) {
    net::Request made;
    made.method = "POST";
    made.headers.set("Content-Type", type);
    made.body = std::move(body);
    return made;
}

ErrorCode refused(std::string_view type, std::string body) {
    const auto made = request(type, std::move(body));
    const auto form = read_form(made);
    return form ? ErrorCode::Internal : form.error().code;
}

TEST(Form, a_multipart_form_has_fields) {
    const auto made =
        request("multipart/form-data; charset=utf-8; boundary=\"b b\"",
                "preamble\r\n--b b\r\ncontent-disposition: form-data; name=\"campaign_id\"\r\n\r\n7"
                "\r\n--b b\r\nContent-Disposition: form-data; name=campaign_id\r\n\r\n8"
                "\r\n--b b\r\nContent-Disposition: form-data; name=file; filename=x.wav\r\n\r\nRIFF"
                "\r\n--b b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n"
                "\r\n--b b--\r\n");
    const auto form = read_form(made);
    ASSERT_TRUE(form) << form.error().message;
    EXPECT_EQ(form->find("campaign_id"), "7");
    EXPECT_FALSE(form->find("empty"));
    EXPECT_FALSE(form->find("file"));
}

TEST(Form, pairs_and_json_give_the_same_fields) {
    const auto pairs = request("application/x-www-form-urlencoded; charset=utf-8",
                               "campaign_id=7&username=Jos%C3%A9&x=&campaign_id=8");
    const auto object = request("application/json",
                                R"({"campaign_id":7,"username":"José","x":"","y":[1],"z":null})");
    for (const auto* made : {&pairs, &object}) {
        const auto form = read_form(*made);
        ASSERT_TRUE(form);
        EXPECT_EQ(form->find("campaign_id"), "7");
        EXPECT_EQ(form->find("username"), "José");
        EXPECT_EQ(form->fields.size(), 2U);
    }
}

TEST(Form, what_cannot_be_read_is_refused) {
    EXPECT_EQ(refused("text/plain", "a=1"), ErrorCode::Unsupported);
    EXPECT_EQ(refused("", ""), ErrorCode::Unsupported);
    EXPECT_EQ(refused("application/json", "[]"), ErrorCode::Invalid);
    EXPECT_EQ(refused("application/json", "{"), ErrorCode::Invalid);
    EXPECT_EQ(refused("multipart/form-data", "--b--"), ErrorCode::Invalid);
    EXPECT_EQ(refused("multipart/form-data; boundary=", "--b--"), ErrorCode::Invalid);
    EXPECT_EQ(refused("multipart/form-data; boundary=b", "no parts"), ErrorCode::Invalid);
    EXPECT_EQ(refused("multipart/form-data; boundary=b",
                      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut"),
              ErrorCode::Invalid);
    std::string many;
    for (int i = 0; i < 102; ++i) {
        many += "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    }
    EXPECT_EQ(refused("multipart/form-data; boundary=b", many + "--b--"), ErrorCode::TooLarge);
}

TEST(Base64, is_decoded_strictly) {
    EXPECT_EQ(decode_base64(""), "");
    EXPECT_EQ(decode_base64("Zg=="), "f");
    EXPECT_EQ(decode_base64("Zg"), "f");
    EXPECT_EQ(decode_base64("Zm8="), "fo");
    EXPECT_EQ(decode_base64("Zm9v\r\nYmE ="), "fooba");
    EXPECT_EQ(decode_base64("data:audio/wav;base64,Zm9vYmFy"), "foobar");
    EXPECT_EQ(decode_base64("/+8="), "\xFF\xEF");
    for (const std::string_view text : {"Z", "Zg=", "Zg===", "Zm9v=", "=Zg=", "Zg==Zg==", "Z-_g",
                                        "Zm9vé", "data:audio/wav,x", "data:;base64"}) {
        EXPECT_FALSE(decode_base64(text)) << text;
    }
}

}  // namespace
}  // namespace oidor::server
